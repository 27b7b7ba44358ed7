import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isSpoof } from "./spoof.js";

describe("isSpoof", () => {
  it("knows names of ours in underscores, whatever their case", () => {
    const names = [
      "X_Forwarded_For",
      "x_forwarded-prefix",
      "TRANSFER_ENCODING",
      "Proxy_Authorization",
      "Keep_Alive",
    ];

    assert.deepEqual(
      names.filter((name) => !isSpoof(name)),
      [],
    );
  });

  it("knows the field of httpoxy", () => {
    assert.equal(isSpoof("Proxy"), true);
    assert.equal(isSpoof("PROXY"), true);
  });

  it("leaves other names alone", () => {
    for (const name of ["X-Forwarded-For", "my_header", "Proxyz", "Range", "_"]) {
      assert.equal(isSpoof(name), false, name);
    }
  });
});
