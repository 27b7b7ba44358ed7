import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { answerBytes } from "./client-side.js";
import { rawRequests, rawResponses } from "./grammar.js";
import { type NodeRequest, NodeServer, nodeAnswered } from "./node-parser.js";
import { type SeenRequest, serveBytes } from "./server-side.js";

// MILLRACE_FUZZ_RUNS=100000 searches longer; MILLRACE_FUZZ_SEED repeats a search.
const numRuns = Number(process.env["MILLRACE_FUZZ_RUNS"] ?? 2_000);
const seed = process.env["MILLRACE_FUZZ_SEED"];
const search = { numRuns, ...(seed === undefined ? {} : { seed: Number(seed) }) };

/** Where Node refuses what we serve, and framing does not hang on it. */
const stricterInNode = new Set([
  // It knows a fixed list of methods and two versions; RFC 9110 §9.1 and §2.5 do not.
  "HPE_INVALID_METHOD",
  "HPE_INVALID_VERSION",
  // It says so when bytes follow a message that closes; we close and do not look.
  "HPE_CLOSED_CONNECTION",
]);

describe("against Node's own parser", () => {
  it("reads every request as Node does, or refuses it", async () => {
    const node = new NodeServer();
    await fc.assert(
      fc.asyncProperty(rawRequests, async (input) => {
        const ours = await serveBytes(input);
        const theirs = await node.judge(input);
        const nodeStops = isStricter(theirs.error, input);
        const shared = Math.min(ours.requests.length, nodeStops ? theirs.requests.length : Infinity);
        assert.deepEqual(
          theirs.requests.slice(0, shared).map(comparable),
          ours.requests.slice(0, shared).map(asNodeSees),
          input.toString("latin1"),
        );
        // Behind a refusal, or a message that closes, we look at nothing.
        if (ours.over || nodeStops) return;
        assert.ok(
          theirs.error === undefined || ours.unfinished,
          `Node refuses ${JSON.stringify(input.toString("latin1"))}`,
        );
        assert.equal(theirs.requests.length, ours.requests.length, JSON.stringify(input.toString("latin1")));
      }),
      search,
    );
  });

  it("reads every response as Node does, or refuses it", async () => {
    const methods = fc.constantFrom("GET", "GET", "POST", "HEAD");
    await fc.assert(
      fc.asyncProperty(rawResponses, methods, fc.boolean(), async (input, method, ends) => {
        const ours = await answerBytes(input, { method, ends });
        if (ours.failure !== undefined || hasTabInFraming(input) || hasBlankBeforeColon(input)) return;
        const theirs = await nodeAnswered(input, method, ends);
        // To Node an interim response that closes, or is of HTTP/1.0, is the last.
        if (theirs.status === undefined && isStricter(theirs.error, input)) return;
        const { status, reason, fields, body, trailers } = ours;
        assert.deepEqual(
          {
            status: theirs.status,
            reason: theirs.reason,
            fields: theirs.fields,
            body: theirs.body,
            trailers: theirs.trailers,
          },
          { status, reason, fields, body, trailers },
          JSON.stringify(input.toString("latin1")),
        );
      }),
      search,
    );
  });
});

function isStricter(error: string | undefined, input: Buffer): boolean {
  if (error === undefined) return false;
  return (
    stricterInNode.has(error) || (/^HPE_INVALID_(?:CONTENT|TRANSFER)/.test(error) && hasTabInFraming(input))
  );
}

/** A tab after a value is a blank like any other (RFC 9110 §5.6.3), but not to Node in these two fields. */
function hasTabInFraming(input: Buffer): boolean {
  return /^(?:content-length|transfer-encoding):.*\t/im.test(input.toString("latin1"));
}

/** RFC 9112 §5.1 has a proxy drop such blanks from a response; Node refuses them. */
function hasBlankBeforeColon(input: Buffer): boolean {
  return /^[^\s:]+[ \t]+:/m.test(input.toString("latin1"));
}

function comparable({ method, url, fields, body, trailers }: NodeRequest) {
  return { method, url: pathOf(method, url), fields, body, trailers };
}

function asNodeSees({ method, path, fields, body, trailers }: SeenRequest) {
  return { method, url: path, fields, body, trailers };
}

/** The path that we make of an absolute target, which Node leaves as it is. */
function pathOf(method: string, url: string): string {
  const match = /^https?:\/\/[^/?]*(.*)$/i.exec(url);
  if (!match) return url;
  if (method === "OPTIONS" && match[1] === "") return "*";
  return match[1]!.startsWith("/") ? match[1]! : `/${match[1]!}`;
}
