import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { messageLimits } from "../h1/limits.js";
import { ProtocolError } from "../h1/protocol-error.js";
import { parseRequests } from "../proof/parse-requests.js";
import { type SeenRequest, type Served, serveBytes } from "../proof/server-side.js";
import type { RequestCase, WantedRequest } from "./cases.js";
import { requestCases } from "./requests.js";

/** Cases longer than this are not fed byte by byte from beginning to end. */
const smallBytes = 6_000;

for (const [about, cases] of requestCases) {
  describe(`raw requests: ${about}`, () => {
    for (const example of cases) {
      it(`${example.name} [${example.rule}]`, async () => {
        const input = Buffer.from(example.input, "latin1");
        checkParsers(example, input);
        const whole = await serveBytes(input);
        checkServed(example, whole);
        await checkSplits(input, whole);
        await checkTwice(example, input, whole);
      });
    }
  });
}

/** The parsers alone come to the verdict. */
function checkParsers(example: RequestCase, input: Buffer): void {
  const { requests, error } = parseRequests(input, messageLimits());
  const { expect } = example;
  assert.equal(error?.rule, expect.rule, `parsers: ${error?.message}`);
  if (error) assert.ok(error instanceof ProtocolError);
  assert.equal(error?.status, expect.status);
  assert.equal(requests.length, expect.requests.length);
  requests.forEach((request, index) => checkRequest(request, expect.requests[index]!));
}

/** A connection comes to the verdict, says so with the right status, and closes. */
function checkServed(example: RequestCase, served: Served): void {
  const { expect } = example;
  assert.equal(served.rule, expect.rule);
  assert.deepEqual(served.statuses, [
    ...expect.requests.map(() => 200),
    ...(expect.status ? [expect.status] : []),
  ]);
  assert.equal(served.requests.length, expect.requests.length);
  served.requests.forEach((request, index) => checkRequest(request, expect.requests[index]!));
  assert.equal(served.over, !expect.persistent, "whether the connection closes");
  assert.equal(served.unfinished, expect.unfinished, "whether the bytes end within a request");
}

function checkRequest(seen: SeenRequest, wanted: WantedRequest): void {
  assert.equal(seen.method, wanted.method ?? "GET");
  assert.equal(seen.path, wanted.path ?? "/");
  assert.equal(seen.body, wanted.body ?? "");
  assert.deepEqual(seen.trailers, wanted.trailers ?? []);
  if (wanted.authority !== undefined) assert.equal(seen.authority, wanted.authority);
  for (const line of wanted.fields ?? [])
    assert.ok(seen.fields.includes(line), `${line} among ${seen.fields.join(" | ")}`);
}

/** Byte by byte, and cut anywhere, the same bytes mean the same. */
async function checkSplits(input: Buffer, whole: Served): Promise<void> {
  if (input.length <= smallBytes) {
    assert.deepEqual(await serveBytes(input, { readBytes: () => 1 }), whole, "byte by byte");
  }
  const sizes = fc.infiniteStream(fc.integer({ min: 1, max: Math.max(4, input.length >> 2) }));
  await fc.assert(
    fc.asyncProperty(sizes, async (reads) => {
      const readBytes = () => reads.next().value as number;
      assert.deepEqual(await serveBytes(input, { readBytes }), whole);
    }),
    { numRuns: input.length <= smallBytes ? 8 : 3 },
  );
}

/** The same again on the same connection: served twice if it stays, and else not looked at. */
async function checkTwice(example: RequestCase, input: Buffer, whole: Served): Promise<void> {
  const { expect } = example;
  if (expect.unfinished) return;
  const twice = await serveBytes(Buffer.concat([input, input]));
  if (!expect.persistent) assert.deepEqual(twice, whole);
  else assert.deepEqual(twice.requests, [...whole.requests, ...whole.requests]);
}
