import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Fault, faults, tell } from "./fault.js";

describe("faults", () => {
  it("are told of an observer that throws, which hurts nobody else", () => {
    const heard: Fault[] = [];
    using _listener = faults.subscribe((fault) => heard.push(fault));
    const error = new Error("clumsy");
    tell(
      "test.onEvent",
      () => {
        throw error;
      },
      1,
    );

    assert.deepEqual(heard, [{ where: "test.onEvent", error }]);
  });

  it("are none when all goes well", () => {
    const heard: unknown[] = [];
    using _listener = faults.subscribe((fault) => heard.push(fault));
    tell("test.onEvent", (event: string) => heard.push(event), "hello");
    tell("test.onEvent", undefined, "nobody");

    assert.deepEqual(heard, ["hello"]);
  });
});
