import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createContext } from "./context.js";
import { fromFunction } from "./from-function.js";

describe("fromFunction", () => {
  it("T-util service_fn: answers with what the function returns, at once or later", async () => {
    const plain = fromFunction((request: number) => request + 1);
    const later = fromFunction(async (request: number) => request + 1);

    assert.deepEqual(
      await Promise.all([plain.call(1, createContext()), later.call(1, createContext())]),
      [2, 2],
    );
  });

  it("is always ready", async () => {
    const service = fromFunction(() => {});
    await service.whenReady();

    assert.equal(service.ready, true);
  });

  it("hands the context on", async () => {
    const context = createContext({ attempt: 3 });
    const service = fromFunction((_request: string, seen) => seen);

    assert.equal(await service.call("ping", context), context);
  });

  it("rejects, and never throws, when the function throws", async () => {
    const service = fromFunction(() => {
      throw new Error("broken");
    });
    const answer = service.call("ping", createContext());

    await assert.rejects(answer, /broken/);
  });
});
