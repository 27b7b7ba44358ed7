import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { abortedError, MillraceError } from "millrace/base";
import { type Exchange, ProtocolError } from "millrace/wire";
import { client } from "../forward/messages.test.fixture.js";
import { Counters } from "./counters.js";

const refused = new MillraceError("refused", { code: "connect-failed", unsent: true });
const badHost = () => new ProtocolError("host", 400, "no Host");

describe("Counters", () => {
  it("counts answers by status, time and bytes", () => {
    const { counters, end } = setup();
    end({ status: 200, startedAt: 10, endedAt: 12, receivedBytes: 3, sentBytes: 5 });
    end({ status: 404, startedAt: 20, endedAt: 26, receivedBytes: 1, sentBytes: 0 });
    const { requests, bytes, client, failures, latency } = counters.snapshot();

    assert.deepEqual(requests.byStatus, [
      [200, 1],
      [404, 1],
    ]);
    assert.equal(requests.total, 2);
    assert.deepEqual(bytes, { received: 4, sent: 5 });
    assert.deepEqual(client, { success: 2, failed: 0 });
    assert.deepEqual(failures, []);
    assert.equal(latency.sumMs, 8);
  });

  for (const [what, exchange, reason] of [
    ["an answer of the server that is its failure", { status: 500 }, "server-error"],
    ["a failure that we answer ourselves", { status: 502, error: refused }, "connect-failed"],
    ["a client that left with half an answer", { status: 200, error: abortedError() }, "client-gone"],
    ["a client that left without any", { status: 0, error: abortedError() }, "client-gone"],
  ] as const) {
    it(`takes ${what} for failed, with one reason`, () => {
      const { counters, end } = setup();
      end(exchange);
      const { client, failures } = counters.snapshot();

      assert.deepEqual(client, { success: 0, failed: 1 });
      assert.deepEqual(failures, [[reason, 1]]);
    });
  }

  it("takes a refusal for answered when the client is to blame, and says why", () => {
    const { counters } = setup();
    counters.requestRefused(badHost(), client);
    counters.requestRefused(new ProtocolError("transfer-coding-unknown", 501, ""), client);
    const { requests, client: outcomes, failures } = counters.snapshot();

    assert.deepEqual(requests.byStatus, [
      [400, 1],
      [501, 1],
    ]);
    assert.deepEqual(outcomes, { success: 1, failed: 1 });
    assert.deepEqual(failures, [["bad-request", 2]]);
  });

  it("counts a request once that is refused while it is being served", () => {
    const { counters, end, ended, heard } = setup();
    const error = badHost();
    counters.requestRefused(error, client);
    end({ status: 400, error, receivedBytes: 7 });
    const { requests, bytes } = counters.snapshot();

    assert.deepEqual(requests, { active: -1, total: 1, byStatus: [[400, 1]] });
    assert.equal(bytes.received, 7);
    assert.deepEqual([ended.length, heard], [1, [error]]);
  });

  it("gives copies that later counts do not change", () => {
    const { counters, end } = setup();
    const before = counters.snapshot();
    end({ status: 200 });

    assert.deepEqual(before.requests.byStatus, []);
    assert.equal(before.latency.sumMs, 0);
  });
});

function setup() {
  const ended: Exchange[] = [];
  const heard: ProtocolError[] = [];
  const counters = new Counters({
    onExchange: (exchange) => void ended.push(exchange),
    onRefused: (error) => void heard.push(error),
  });
  const end = (parts: Partial<Exchange>) =>
    counters.exchangeEnded({
      startedAt: 0,
      endedAt: 1,
      receivedBytes: 0,
      sentBytes: 0,
      ...parts,
    } as Exchange);
  return { counters, ended, heard, end };
}
