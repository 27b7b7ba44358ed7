import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { VirtualClock } from "millrace/testing";
import { ProtocolError } from "millrace/wire";
import { client } from "../forward/messages.test.fixture.js";
import { RefusalLog, refusalsPerSecond } from "./refusal-log.js";

describe("RefusalLog", () => {
  it("logs refused requests one by one, with the rule and the client", () => {
    const { log, lines, refuse } = setup();
    refuse(1);

    assert.deepEqual(lines, [
      ["refused a request: two lengths", { rule: "content-length", status: 400, client: client.address }],
    ]);
    log[Symbol.dispose]();
    assert.equal(lines.length, 1);
  });

  it("logs no more than so many in a second, and then how many more there were", async () => {
    const { clock, lines, refuse } = setup();
    refuse(1_000);
    assert.equal(lines.length, refusalsPerSecond);
    await clock.advance(1_000);
    assert.deepEqual(lines.at(-1), ["refused 990 more requests within a second", { suppressed: 990 }]);
    assert.equal(clock.pending, 0);
    refuse(1);

    assert.equal(lines.length, refusalsPerSecond + 2);
  });

  it("tells what it has not told when it ends, and leaves no timer", () => {
    const { clock, log, lines, refuse } = setup();
    refuse(12);
    log[Symbol.dispose]();

    assert.deepEqual(lines.at(-1), ["refused 2 more requests within a second", { suppressed: 2 }]);
    assert.equal(clock.pending, 0);
  });
});

function setup() {
  const clock = new VirtualClock();
  const lines: [string, unknown][] = [];
  const log = new RefusalLog((message) => {
    if (message.type === "log") lines.push([message.message, message.fields]);
  }, clock);
  const refuse = (count: number) => {
    for (let done = 0; done < count; done += 1)
      log.add(new ProtocolError("content-length", 400, "two lengths"), client);
  };
  return { clock, log, lines, refuse };
}
