import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createContext } from "../context.js";
import { fromFunction } from "../from-function.js";
import type { Service } from "../service.js";
import { mapResponse } from "./map.js";
import { optional } from "./optional.js";

describe("optional", () => {
  const inner = fromFunction((request: string) => request);

  it("is the layer, where there is one", async () => {
    const layer = mapResponse<string, string, string>((response) => `${response}!`);

    assert.equal(await optional(layer)(inner).call("hi", createContext()), "hi!");
  });

  it("gives the service back as it is where there is none", () => {
    assert.equal(optional<Service<string, string>>(undefined)(inner), inner);
  });

  it("does not take a layer that changes types, for it could not leave it out", () => {
    const changes = mapResponse<string, string, number>((response) => response.length);

    // @ts-expect-error without the layer the response would be a text
    assert.ok(optional(changes)(inner));
  });
});
