import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseServerUrl, serverId } from "./server-url.js";

describe("parseServerUrl", () => {
  it("normalises case, the port and slashes at the end", () => {
    assert.equal(urlOf("HTTP://Example.COM"), "http://example.com:80");
    assert.equal(urlOf("https://example.com/"), "https://example.com:443");
    assert.equal(urlOf("http://10.0.0.1:8080/api//"), "http://10.0.0.1:8080/api");
  });

  it("takes IPv6 addresses, with the brackets only in the URL", () => {
    assert.deepEqual(parseServerUrl("http://[::1]:9000"), {
      url: "http://[::1]:9000",
      host: "::1",
      port: 9000,
    });
  });

  it("refuses everything else, and says why", () => {
    const refused: readonly (readonly [string, RegExp])[] = [
      ["127.0.0.1:80", /such as/],
      ["ftp://host", /such as/],
      ["http://", /such as/],
      ["http:///path", /such as/],
      ["http://a b", /valid/],
      ["http://host:70000", /valid/],
      ["http://host:0", /port/],
      ["http://me:secret@host", /password/],
      ["http://host/?a=1", /query/],
      ["http://host/#top", /fragment/],
      [`http://host/${"a".repeat(3_000)}`, /characters/],
    ];
    for (const [text, reason] of refused) assert.match(String(parseServerUrl(text)), reason, text);
  });

  it("leaves what it normalised as it is", () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: false, withFragments: false }), (text) => {
        const once = urlOf(text);
        assert.equal(urlOf(once), once);
      }),
    );
  });
});

describe("serverId", () => {
  it("is host and port, and more only where that would be ambiguous", () => {
    assert.equal(idOf("http://10.0.0.1:8080"), "10.0.0.1:8080");
    assert.equal(idOf("http://[::1]:8080"), "[::1]:8080");
    assert.equal(idOf("https://10.0.0.1:8080"), "10.0.0.1:8080~hash");
    assert.equal(idOf("http://10.0.0.1:8080/api"), "10.0.0.1:8080~hash");
  });
});

function urlOf(text: string): string {
  const parsed = parseServerUrl(text);
  if (typeof parsed === "string") assert.fail(`${text}: ${parsed}`);
  return parsed.url;
}

function idOf(text: string): string {
  const parsed = parseServerUrl(text);
  if (typeof parsed === "string") assert.fail(parsed);
  return serverId(parsed, () => "hash");
}
