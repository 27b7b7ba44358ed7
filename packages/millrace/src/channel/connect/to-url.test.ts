import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createUrlConnector } from "./to-url.js";

describe("createUrlConnector", () => {
  it("takes host and port of the URL, and the port of the scheme when there is none", () => {
    const targets = ["http://a.test", "https://a.test", "http://a.test:81/base", "http://[::1]:8080"].map(
      (url) => createUrlConnector(new URL(url)).target,
    );

    assert.deepEqual(targets, ["a.test:80", "a.test:443", "a.test:81", "[::1]:8080"]);
  });

  it("encrypts for https only", () => {
    assert.equal(createUrlConnector(new URL("http://a.test")).encrypted, false);
    assert.equal(createUrlConnector(new URL("https://a.test")).encrypted, true);
  });

  it("rejects another scheme", () => {
    assert.throws(() => createUrlConnector(new URL("ftp://a.test")), { code: "invalid-options" });
  });
});
