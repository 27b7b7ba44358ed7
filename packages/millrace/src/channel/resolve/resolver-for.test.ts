import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { RecordedListener } from "./recorded.test.fixture.js";
import { resolverFor } from "./resolver-for.js";
import { records, scripted } from "./scripted-dns.test.fixture.js";

describe("resolverFor", () => {
  it("W21 knows the ports of http and https, and takes the one that is written", () => {
    const targets = {
      "http://a.test": "a.test:80",
      "https://a.test/base?x": "a.test:443",
      "HTTPS://A.Test:8443": "a.test:8443",
      "https://a.test:80": "a.test:80",
      "tcp://a.test:5432": "a.test:5432",
      "http://[::1]": "[::1]:80",
      "http://10.0.0.1:81": "10.0.0.1:81",
      "unix:/run/x.sock": "unix:/run/x.sock",
      "unix:///run/x.sock": "unix:/run/x.sock",
      "unix:x.sock": "unix:x.sock",
      "srv:_http._tcp.a.test": "srv:_http._tcp.a.test",
      "file:/etc/backends": "file:/etc/backends",
      "file:///etc/back%20ends": "file:/etc/back ends",
      "file:backends": "file:backends",
    };
    for (const [url, target] of Object.entries(targets)) assert.equal(resolverFor(url).target, target, url);
    assert.equal(resolverFor(new URL("http://a.test")).target, "a.test:80");
  });

  it("W21 rejects targets without a host, without a port where none is implied, and without a scheme", () => {
    const wrong = [
      "tcp://a.test",
      "grpc://a.test",
      "http://",
      "http:a.test",
      "http:///path",
      "http://a.test:99999",
      "http://a b",
      "a.test:80",
      "localhost:8080",
      "a.test",
      "unix:",
      "unix://run/x.sock",
      "unix://",
      "file://host/etc/backends",
      "file:///etc/backends?pollMs=1",
      "file:///etc/backends#shop",
      "file:///etc/a%2fb",
      "file://",
      "srv:",
      "file:",
      "",
    ];
    for (const target of wrong) {
      assert.throws(
        () => resolverFor(target),
        (error) => isMillraceError(error, "invalid-options"),
        target,
      );
    }
  });

  it("looks names up as its options say", async () => {
    const { clock, dns, lookup } = scripted();
    dns.say("A a.test", records(60, "10.0.0.1"));
    const listener = new RecordedListener();
    using _ = resolverFor("http://a.test", lookup).watch(listener);
    await clock.advance(0);

    assert.deepEqual(listener.told, ["10.0.0.1:80"]);
  });
});
