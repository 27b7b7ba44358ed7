import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { answerBytes } from "../proof/client-side.js";
import { serveBytes } from "../proof/server-side.js";
import { differences } from "./llhttp-differences.js";

/** One case of llhttp's own corpus. */
interface Row {
  readonly source: string;
  readonly kind: "request" | "response";
  readonly name: string;
  readonly mode: string;
  readonly meta: { readonly skipBody?: boolean; readonly pause?: string };
  readonly input_b64: string;
  readonly messages_complete: number;
  readonly verdict: "ok" | "error" | "upgrade/pause";
  readonly error: { readonly reason: string } | null;
  readonly events: readonly string[];
  readonly has_host: boolean;
}

/** How our verdict stands to llhttp's. */
type Relation = "same" | "stricter" | "more lenient";

// From `dist/wire/corpus` of the package, beside the repository.
const corpus = fileURLToPath(new URL("../../../../../../shared/data/llhttp-corpus.jsonl", import.meta.url));
const headEnd = Buffer.from("\r\n\r\n");
const rows = existsSync(corpus) ? readRows() : undefined;

describe("llhttp's corpus", { skip: rows ? false : `not there: ${corpus}` }, () => {
  const explained = new Map(differences.flatMap(({ at, ...reason }) => at.map((place) => [place, reason])));

  for (const row of rows ?? []) {
    const place = `${row.source.replace(/^\S+ test\//, "")} ${row.mode}`;
    it(`${place}: ${row.name}`, async () => {
      const { relation, ours } = row.kind === "request" ? await judgeRequest(row) : await judgeResponse(row);
      const reason = explained.get(place);
      const wanted = reason?.relation ?? "same";
      const why = reason?.why ?? "no reason is given for a difference";

      assert.equal(
        relation,
        wanted,
        `${why}; llhttp: ${row.verdict} ${row.error?.reason ?? ""}; ours: ${ours}`,
      );
    });
  }

  it("has a case for every difference that is explained", () => {
    const places = new Set(rows!.map((row) => `${row.source.replace(/^\S+ test\//, "")} ${row.mode}`));
    assert.deepEqual(
      [...explained.keys()].filter((place) => !places.has(place)),
      [],
    );
  });
});

function readRows(): Row[] {
  const lines = readFileSync(corpus, "utf8").trim().split("\n");
  return lines.map((line) => JSON.parse(line) as Row);
}

/** The verdict without any leniency switched on: what only a lenient mode lets pass is to be refused. */
function isRefused(row: Row): boolean {
  return row.verdict === "error" || row.mode.includes("lenient");
}

function isAboutClose(row: Row): boolean {
  return (
    /keep-alive|data-after-close/.test(row.mode) ||
    /^Data after `Connection: close`/.test(row.error?.reason ?? "")
  );
}

async function judgeRequest(row: Row): Promise<{ relation: Relation; ours: string }> {
  const input = withHost(row, wholeInput(row));
  let served = await serveBytes(input);
  // What is wrong in a field is said once the head is whole.
  if (isRefused(row) && !served.rule && !served.over)
    served = await serveBytes(Buffer.concat([input, headEnd]));
  const ours = `${served.rule ?? "no rule broken"}, ${served.requests.length} served`;
  // We close and look no further, which refuses what follows without a word about it.
  const refused = served.rule !== undefined || (isAboutClose(row) && served.over);
  // A service that switches protocols takes what follows; the one here goes on in HTTP.
  const switched = row.mode === "request" && row.verdict === "upgrade/pause" && served.requests.length > 0;
  if (switched) return { relation: "same", ours };
  if (refused && !isRefused(row)) return { relation: "stricter", ours };
  if (!refused && isRefused(row)) return { relation: "more lenient", ours };
  if (row.mode === "request" && served.requests.length > row.messages_complete && !row.meta.pause) {
    return { relation: "more lenient", ours };
  }
  return { relation: "same", ours };
}

async function judgeResponse(row: Row): Promise<{ relation: Relation; ours: string }> {
  const method = row.meta.skipBody ? "HEAD" : "GET";
  const answered = await answerBytes(wholeInput(row), { method, ends: true });
  const ours = answered.failure ?? String(answered.status);
  const lost = answered.failure === "connection-lost" || answered.failure === "truncated";
  const cut = lost && !row.events.at(-1)!.endsWith("message complete");
  const refused = answered.failure !== undefined && !cut;
  // A call takes one response; whatever follows it ends the connection unread.
  const first = row.messages_complete === 0 || row.mode.includes("lenient");
  const theirs = first && isRefused(row) && !isAboutClose(row);
  if (refused && !theirs) return { relation: "stricter", ours };
  if (!refused && theirs) return { relation: "more lenient", ours };
  return { relation: "same", ours };
}

/** The input with the final line end that its trace speaks of and the row may lack. */
function wholeInput(row: Row): Buffer {
  const input = Buffer.from(row.input_b64, "base64");
  const offsets = row.events.map((event) => Number(/^off=([0-9]+)/.exec(event)?.[1] ?? 0));
  return Math.max(...offsets) > input.length ? Buffer.concat([input, Buffer.from("\r\n")]) : input;
}

/** A full HTTP/1.1 server wants a Host: puts one behind the first line of each message that has none. */
function withHost(row: Row, input: Buffer): Buffer {
  if (row.has_host) return input;
  const starts = row.events
    .filter((event) => event.endsWith(" message begin"))
    .map((event) => Number(event.slice(4).split(" ")[0]));
  let text = input.toString("latin1");
  for (const start of starts.reverse()) {
    const end = text.indexOf("\r\n", text.slice(start).search(/[^\r\n]/) + start);
    if (end >= 0 && start < text.length)
      text = `${text.slice(0, end + 2)}Host: localhost\r\n${text.slice(end + 2)}`;
  }
  return Buffer.from(text, "latin1");
}
