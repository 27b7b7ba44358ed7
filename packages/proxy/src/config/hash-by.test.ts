import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseHashBy } from "./hash-by.js";

describe("parseHashBy", () => {
  it("reads what all requests have, and what some have by name", () => {
    assert.deepEqual(parseHashBy("client"), { kind: "client" });
    assert.deepEqual(parseHashBy("header:X-User"), { kind: "header", name: "X-User" });
    assert.deepEqual(parseHashBy("cookie:__Host-sid"), { kind: "cookie", name: "__Host-sid" });
  });

  it("reads nothing else", () => {
    for (const text of ["", "clients", "header", "header:", "header:a b", "cookie:a;b", "host:a", "Client"]) {
      assert.equal(parseHashBy(text), undefined, text);
    }
  });
});
