// The scenarios that other systems test themselves by. Each is proven here by tests of that name: tower's by
// `T-<module> <scenario>: <what we promise>`, those of conjure's clients by `C<number>: <what we promise>` and those of
// conjure-client's bridge by `B<number>: …`, of a test or of all tests of a group.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { filesUnder } from "./root.mjs";

/** @type {Readonly<Record<string, readonly string[]>>} */
const scenarios = {
  backoff: ["first base", "jitter finite"],
  balance: ["empty is pending", "single endpoint", "stress", "two endpoints with equal load share"],
  budget: ["empty", "leaky", "reserve of 5", "slots"],
  buffer: [
    "cancelled requests cleared",
    "inner fails",
    "inner not ready",
    "permits not leaked",
    "request and response",
    "trace span propagates",
    "waiters woken on close and on failure",
    "waits for capacity",
    "worker dropped early",
  ],
  concurrency: [
    "dropped call releases",
    "dropping service frees capacity",
    "error releases",
    "many waiters",
    "request without capacity",
    "reserved capacity counts without a request",
    "with explicit ready",
    "without explicit ready",
  ],
  filter: ["passes", "rejects"],
  hedge: ["completes before hedge", "hedge first", "not clonable", "not retryable", "original first"],
  "load-shed": ["not ready is overloaded", "ready passes"],
  mock: ["allow", "assert request", "layer spawn", "pair", "send error"],
  "peak-ewma": ["compound decay", "default decay", "nanosecond scaling"],
  pending: ["counts"],
  rate: ["one per 100 ms", "window boundary resets"],
  "ready-cache": [
    "cancellation observed",
    "duplicate key by index",
    "error after promote",
    "evict pending then error",
    "evict ready then error",
    "inner failure",
    "not ready",
    "promotion",
    "push after evict",
  ],
  retry: [
    "error inspection",
    "limit",
    "mutating policy",
    "retries errors",
    "success with uncloneable",
    "uncloneable",
  ],
  "spawn-ready": ["abort on drop", "fails", "not ready", "spans"],
  steer: ["correct pick", "pending until all ready"],
  util: [
    "builder stack",
    "call_all ordered",
    "call_all pending",
    "call_all ready error",
    "call_all stream does not block",
    "call_all unordered",
    "oneshot drives readiness",
    "service_fn",
  ],
};

describe("tower's scenarios", () => {
  const wanted = Object.entries(scenarios).flatMap(([module, names]) =>
    names.map((name) => `T-${module} ${name}`),
  );
  const found = new Set(
    filesUnder("packages/millrace/src", ".test.ts").flatMap(
      (path) => readFileSync(path, "utf8").match(/(?<=\bit\(["`])T-[^:]+(?=:)/g) ?? [],
    ),
  );

  it("are all tested under their names", () => {
    assert.deepEqual(
      wanted.filter((name) => !found.has(name)),
      [],
    );
  });

  it("are all listed here", () => {
    assert.deepEqual(
      [...found].filter((name) => !wanted.includes(name)),
      [],
    );
  });
});

/** What the numbers stand for. @type {Readonly<Record<string, string>>} */
const conjure = {
  C1: "503, then 200",
  C2: "404 is not tried again, and its status told",
  C3: "429 with Retry-After",
  C4: "connecting fails before the content is begun",
  C5: "429 and 503 are propagated",
  C6: "hang-ups are tried again though those are propagated",
  C7: "a single node that cools down is tried again",
  C8: "the server answers early, or the content breaks",
  C9: "errors of services pass on",
  C10: "compressed answers",
  C11: "B3 headers equal the client's span",
  C12: "reading past the end",
  C13: "a mesh, without retries",
  C14: "framing of no content and of whole content",
  C15: "retries, by content, failure and idempotency",
  C16: "pinning",
  C17: "balanced",
  C18: "limits",
  C19: "proxies",
  C20: "the user agent",
  C21: "limits of time",
  C22: "clients that are shared, and forgotten",
  C23: "forgotten hosts in the metrics",
  C24: "an Accept-Encoding of the caller's own",
  C25: "URIs with a slash at the end, and escapes",
  C26: "the verification cases of conjure",
  B1: "DELETE, GET, PUT",
  B2: "POST of each media type",
  B3: "many parameters",
  B4: "escapes in path and query",
  B5: "tokens that change, and that come later",
  B6: "headers",
  B7: "unknown media types",
  B8: "content that cannot be parsed",
  B9: "statuses that are no success",
  B10: "no answer",
  B11: "no user agent",
  B12: "Fetch-User-Agent",
};

describe("the scenarios of conjure's clients", () => {
  const found = new Set(
    filesUnder("packages/millrace/src/client", ".test.ts").flatMap((path) => {
      return readFileSync(path, "utf8").match(/(?<=\b(?:it|describe)\(\s*["`])[CB]\d+(?=:)/g) ?? [];
    }),
  );

  it("are all tested under their names", () => {
    assert.deepEqual(
      Object.keys(conjure).filter((name) => !found.has(name)),
      [],
    );
  });

  it("are all listed here", () => {
    assert.deepEqual(
      [...found].filter((name) => !Object.hasOwn(conjure, name)),
      [],
    );
  });
});

// Those of warm channels. A scenario may be proven by several tests; each has its name in its title.
/** @type {Readonly<Record<string, string>>} */
const channels = {
  W1: "no addresses",
  W2: "each address once, then a wait of one back-off, and the same order again",
  W3: "an address that worked may be used at once",
  W4: "other addresses: the same, some kept, some more, others unused, others in use",
  W5: "a member that goes is no longer counted at its address",
  W6: "an empty update changes nothing",
  W7: "a warning while the name is not resolved",
  W8: "a warning when the resolver gave up",
  W9: "silence without an initial delay",
  W10: "one address fills up one by one",
  W11: "three addresses fill up at once",
  W12: "one of three turns unhealthy",
  W13: "two of three are unhealthy from the start",
  W14: "all are unhealthy from the start",
  W15: "one after the other fails, and the last is kept",
  W16: "a healthy member drops by itself",
  W17: "errors that repeat are counted",
  W18: "a member: its connection, its first verdict, and those that follow",
  W19: "members come and go while nobody calls",
  W20: "checks at exact intervals, and none",
  W21: "default ports, and the floor of a TTL",
  W22: "with TLS and without",
  W23: "from end to end over HTTP",
  W24: "diagnostics: all channels, one, and none",
  W25: "the list of members",
};

describe("the scenarios of channels", () => {
  const folders = ["packages/millrace/src/channel", "packages/millrace/src/http"];
  const titles = folders
    .flatMap((folder) => filesUnder(folder, ".test.ts"))
    .flatMap((path) => readFileSync(path, "utf8").match(/\bit\(\s*(["`]).*?\1/g) ?? []);
  const found = new Set(titles.flatMap((title) => title.match(/\bW\d+\b/g) ?? []));

  it("are all tested under their names", () => {
    assert.deepEqual(
      Object.keys(channels).filter((name) => !found.has(name)),
      [],
    );
  });

  it("are all listed here", () => {
    assert.deepEqual(
      [...found].filter((name) => !Object.hasOwn(channels, name)),
      [],
    );
  });
});

// Those of risefront, and what tableflip tests itself by. A test may prove several; each has the name in its title:
// `R<number>` or `tableflip <scenario>[, <scenario>]:`.
/** @type {Readonly<Record<string, string>>} */
const upgrades = {
  R1: "the address is answered by the new process, and a stop ends it within a second",
  R2: "what is being written when the process is told to stop is finished",
  R3: "the control socket of a killed process is replaced",
  R4: "of three processes each finishes what it has begun",
  R5: "a refused connection is told from other faults",
  R6: "upgrades under load fail no request",
  R7: "kept connections",
  R8: "a new process that crashes",
  R9: "a peer that says nothing, or nonsense",
  R10: "addresses that do not match",
  R11: "half-close",
  R12: "simultaneous first starts",
  R13: "a new process that is never ready",
  R14: "the way back",
};
const flips = [
  "add",
  "benchmark",
  "child kill",
  "clean exit",
  "concurrent upgrade",
  "dynamic port",
  "inherit",
  "not ready",
  "packet",
  "passed FDs",
  "PID file",
  "ready",
  "remove unix",
  "shutdown cancels upgrade",
  "timeout",
  "unclean exit",
  "wait for parent",
];

describe("the scenarios of hand-overs", () => {
  const titles = [
    ...filesUnder("packages/millrace/src/handoff", ".test.ts"),
    ...filesUnder("scripts/chaos", "handoff.test.mjs"),
  ].flatMap((path) => readFileSync(path, "utf8").match(/\bit\(\s*(["`]).*?\1/g) ?? []);
  const found = new Set(
    titles.flatMap((title) => [
      ...(title.match(/\bR\d+\b/g) ?? []),
      ...(/\btableflip ([^:]+):/.exec(title)?.[1]?.split(", ") ?? []),
    ]),
  );
  const wanted = [...Object.keys(upgrades), ...flips];

  it("are all tested under their names", () => {
    assert.deepEqual(
      wanted.filter((name) => !found.has(name)),
      [],
    );
  });

  it("are all listed here", () => {
    assert.deepEqual(
      [...found].filter((name) => !wanted.includes(name)),
      [],
    );
  });
});
