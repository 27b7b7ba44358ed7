import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AdminRefusal } from "./errors.js";
import { guardRequest } from "./guard.js";

const loopback = { host: "127.0.0.1", port: 8687 };

describe("guardRequest", () => {
  it("lets in who asks for an address or localhost", () => {
    for (const host of [
      "127.0.0.1:8687",
      "localhost:8687",
      "LOCALHOST",
      "a.localhost:1",
      "[::1]:8687",
      "10.0.0.1",
    ]) {
      assert.doesNotThrow(() => guardRequest({ host }, loopback), host);
    }
  });

  it("refuses other names on loopback: they may have been pointed there", () => {
    for (const host of [
      "evil.example",
      "evil.example:8687",
      "localhost.evil.example",
      "127.0.0.1.evil.example",
      "",
    ]) {
      assert.throws(() => guardRequest({ host }, loopback), AdminRefusal, host);
    }
  });

  it("lets in any name where the API is open to the network", () => {
    assert.doesNotThrow(() => guardRequest({ host: "proxy.internal:8687" }, { host: "0.0.0.0", port: 8687 }));
  });

  it("refuses requests that another site's page has sent", () => {
    const host = "localhost:8687";
    assert.doesNotThrow(() => guardRequest({ host, origin: "http://localhost:8687" }, loopback));

    for (const origin of ["http://evil.example", "null", "http://localhost:8080", "http://xlocalhost:8687"]) {
      assert.throws(() => guardRequest({ host, origin }, loopback), AdminRefusal, origin);
    }
  });
});
