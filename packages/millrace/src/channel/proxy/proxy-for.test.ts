import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { isProxyExcluded, proxyFor } from "./proxy-for.js";

describe("proxyFor", () => {
  it("takes the proxy of the scheme, then that of all, lower case first", () => {
    const environment = {
      HTTP_PROXY: "http://upper:1",
      http_proxy: "http://lower:2",
      HTTPS_PROXY: "https://user:p%40ss@secure:3",
      ALL_PROXY: "http://all:4",
    };

    assert.equal(proxyFor("http://a.test", environment)?.port, "2");
    assert.equal(proxyFor("https://a.test", environment)?.href, "https://user:p%40ss@secure:3/");
    assert.equal(proxyFor("https://a.test", { ALL_PROXY: "plain:4" })?.href, "http://plain:4/");
    assert.equal(proxyFor("https://a.test", { https_proxy: "" }), undefined);
    assert.equal(proxyFor("https://a.test", {}), undefined);
  });

  it("does not believe HTTP_PROXY where a request may have made it", () => {
    assert.equal(
      proxyFor("http://a.test", { HTTP_PROXY: "http://evil:1", REQUEST_METHOD: "GET" }),
      undefined,
    );
  });

  it("reaches this machine, and what NO_PROXY names, directly", () => {
    const environment = { ALL_PROXY: "http://all:4", NO_PROXY: "a.test, b.test:8443" };
    const direct = [
      "http://localhost:80",
      "http://x.localhost",
      "http://127.1.2.3",
      "http://[::1]",
      "http://a.test",
      "https://b.test:8443",
    ];
    for (const url of direct) assert.equal(proxyFor(url, environment), undefined, url);

    assert.ok(proxyFor("https://b.test", environment));
  });

  it("rejects proxies of another kind, and keeps their passwords to itself", () => {
    assert.throws(
      () => proxyFor("one.test", {}),
      (error) => isMillraceError(error, "invalid-options"),
    );
    for (const proxy of ["socks5://u:secret@x:1", "http://u:secret@", "http://u:secret@x:99999"]) {
      assert.throws(
        () => proxyFor("http://a.test", { http_proxy: proxy }),
        (error) => isMillraceError(error, "invalid-options") && !error.message.includes("secret"),
      );
    }
  });
});

describe("a path behind a proxy", () => {
  it("is refused, for nothing would be fetched there", () => {
    const found = /proxy: expected http:\/\/x:3128 alone, .* found the path \/proxy\.pac behind it/;
    assert.throws(() => proxyFor("http://a.test", { http_proxy: "http://u:p@x:3128/proxy.pac" }), found);
    assert.equal(proxyFor("http://a.test", { http_proxy: "http://x:3128/" })?.host, "x:3128");
  });
});

describe("isProxyExcluded", () => {
  const cases: readonly (readonly [list: string, host: string, excluded: boolean])[] = [
    ["*", "a.test", true],
    ["a.test", "a.test", true],
    ["a.test", "A.Test.", true],
    ["a.test", "x.a.test", true],
    [".a.test", "x.a.test", true],
    ["*.a.test", "x.a.test", true],
    [".a.test", "a.test", true],
    ["a.test", "ba.test", false],
    ["a.test:443", "a.test", true],
    ["a.test:80", "a.test", false],
    ["b.test  a.test", "a.test", true],
    ["10.0.0.1", "10.0.0.1", true],
    ["10.0.0.1:443", "10.0.0.1", true],
    ["10.0.0.0/8", "10.9.9.9", true],
    ["10.0.0.0/8", "11.0.0.1", false],
    ["10.0.0.0/99", "10.0.0.1", false],
    ["fd00::/8", "fd12::1", true],
    ["[fd12::1]:443", "fd12::1", true],
    ["fd12:0::1", "fd12::1", true],
    ["10.0.0.0/8", "a.test", false],
    ["", "a.test", false],
    [", ,", "a.test", false],
    [".", "a.test", false],
  ];
  for (const [list, host, excluded] of cases) {
    it(`${excluded ? "finds" : "does not find"} ${host} in "${list}"`, () => {
      assert.equal(isProxyExcluded(list, host, "443"), excluded);
    });
  }
});
