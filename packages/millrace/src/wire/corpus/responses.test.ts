import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Answered, answerBytes } from "../proof/client-side.js";
import type { ResponseCase } from "./cases.js";
import { responseCases } from "./responses.js";

/** Cases longer than this are not fed byte by byte from beginning to end. */
const smallBytes = 6_000;

for (const [about, cases] of responseCases) {
  describe(`raw responses: ${about}`, () => {
    for (const example of cases) {
      it(`${example.name} [${example.rule}]`, async () => {
        const input = Buffer.from(example.input, "latin1");
        const whole = await answer(example, input);
        checkAnswered(example, whole);
        await checkSplits(example, input, whole);
      });
    }
  });
}

function answer(example: ResponseCase, input: Buffer, readBytes?: () => number): Promise<Answered> {
  const { method = "GET", upgrade, ends = false } = example;
  return answerBytes(input, { method, upgrade, ends, readBytes });
}

function checkAnswered({ expect }: ResponseCase, answered: Answered): void {
  assert.equal(answered.failure, expect.failure);
  assert.equal(answered.reusable, expect.reusable, "whether the connection takes another call");
  assert.deepEqual(answered.interims, expect.interims ?? []);
  if (expect.failure === undefined) assert.deepEqual(answered.trailers, expect.trailers ?? []);
  // Content that is broken in the bytes that came with its head fails the call as a whole.
  if (expect.failure === undefined) assert.equal(answered.status, expect.status);
  if (expect.body !== undefined) assert.equal(answered.body, expect.body);
  for (const line of expect.fields ?? []) assert.ok(answered.fields.includes(line), line);
}

/** Byte by byte, and cut anywhere, the same bytes mean the same. */
async function checkSplits(example: ResponseCase, input: Buffer, whole: Answered): Promise<void> {
  const same = (answered: Answered, how: string) => {
    if (whole.failure === undefined) assert.deepEqual(answered, whole, how);
    else assert.equal(answered.failure, whole.failure, how);
    assert.equal(answered.reusable, whole.reusable, how);
  };
  if (input.length <= smallBytes) same(await answer(example, input, () => 1), "byte by byte");
  const sizes = fc.infiniteStream(fc.integer({ min: 1, max: Math.max(4, input.length >> 2) }));
  await fc.assert(
    fc.asyncProperty(sizes, async (reads) => {
      same(await answer(example, input, () => reads.next().value as number), "in pieces");
    }),
    { numRuns: input.length <= smallBytes ? 8 : 3 },
  );
}
