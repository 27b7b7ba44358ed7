import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { z } from "zod";
import { checkDocument } from "../document/issues.js";
import { named } from "./named.js";

const schema = z.object({ peers: named(z.int(), "expected peers by their names").nullish() });

describe("named", () => {
  it("takes any name but one", () => {
    const peers = { constructor: 1, toString: 2, hasOwnProperty: 3, "": 4 };

    assert.deepEqual(checkDocument(schema, { peers }), { peers });
  });

  it("refuses the name that would get lost, and touches no prototype", () => {
    assert.throws(
      () => checkDocument(schema, JSON.parse('{"peers":{"__proto__":{"evil":1}}}')),
      /^ConfigError: peers\.__proto__: __proto__ cannot be a name here$/,
    );
    assert.equal("evil" in {}, false);
  });

  it("says what belongs there", () => {
    assert.throws(
      () => checkDocument(schema, { peers: [1] }),
      /peers: expected peers by their names, found a list$/,
    );
    assert.throws(() => checkDocument(schema, { peers: { a: "x" } }), /^ConfigError: peers\.a: /);
    assert.deepEqual(checkDocument(schema, { peers: null }), { peers: null });
  });
});
