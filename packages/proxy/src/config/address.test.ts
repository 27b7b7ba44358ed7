import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatAddress, parseAddress } from "./address.js";

describe("parseAddress", () => {
  it("reads a host and a port", () => {
    assert.deepEqual(parseAddress("127.0.0.1:8080"), { host: "127.0.0.1", port: 8080 });
    assert.deepEqual(parseAddress("localhost:0"), { host: "localhost", port: 0 });
    assert.deepEqual(parseAddress("[::1]:8080"), { host: "::1", port: 8080 });
    assert.deepEqual(parseAddress(":8080"), { host: "0.0.0.0", port: 8080 });
  });

  it("reads nothing else", () => {
    for (const text of [
      "",
      "8080",
      "host",
      "host:",
      "host:99999",
      "::1:80",
      "[::1]",
      "a b:1",
      "http://a:1",
    ]) {
      assert.equal(parseAddress(text), undefined, text);
    }
  });

  it("reads back what formatAddress wrote", () => {
    for (const text of ["127.0.0.1:8080", "[::1]:8080"])
      assert.equal(formatAddress(parseAddress(text)!), text);
  });
});
