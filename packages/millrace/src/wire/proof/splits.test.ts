import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { answerBytes } from "./client-side.js";
import { rawRequests, rawResponses } from "./grammar.js";
import { serveBytes } from "./server-side.js";

// MILLRACE_FUZZ_RUNS=100000 searches longer; MILLRACE_FUZZ_SEED repeats a search.
const numRuns = Number(process.env["MILLRACE_FUZZ_RUNS"] ?? 2_000);
const seed = process.env["MILLRACE_FUZZ_SEED"];
const search = { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) };
const sizes = fc.infiniteStream(fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 60 })));

describe("messages in pieces", () => {
  it("mean to a server what they mean as a whole", async () => {
    await fc.assert(
      fc.asyncProperty(rawRequests, sizes, async (input, reads) => {
        const whole = await serveBytes(input);
        const pieces = await serveBytes(input, { readBytes: () => reads.next().value as number });
        const what = JSON.stringify(input.toString("latin1"));
        assert.deepEqual(pieces.requests, whole.requests, what);
        // Half a head in pieces is not looked at after each of them: its fault may not be known yet.
        if (pieces.unfinished && whole.rule !== undefined) return;
        assert.deepEqual(pieces, whole, what);
      }),
      search,
    );
  });

  it("mean to a client what they mean as a whole", async () => {
    await fc.assert(
      fc.asyncProperty(rawResponses, fc.boolean(), sizes, async (input, ends, reads) => {
        const whole = await answerBytes(input, { ends });
        const pieces = await answerBytes(input, { ends, readBytes: () => reads.next().value as number });
        const what = JSON.stringify(input.toString("latin1"));
        const cut =
          whole.failure !== undefined && /^(?:truncated|connection-lost)$/.test(pieces.failure ?? "");
        if (!cut) assert.equal(pieces.failure, whole.failure, what);
        assert.equal(pieces.reusable, whole.reusable, what);
        if (whole.failure === undefined) assert.deepEqual(pieces, whole, what);
      }),
      search,
    );
  });
});
