import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Fields } from "../../wire/http/fields.js";
import { extractTrace, injectTrace, type TraceFormat } from "./propagation.js";
import type { TraceContext } from "./trace-context.js";

const trace = "463ac35c9f6413ad48485a3953bb6124";
const span = "a2fb4a1d1a96d312";
const parent = "0020000000000001";
const found = (sampled: boolean | undefined, more: Partial<TraceContext> = {}) => ({
  traceId: trace,
  spanId: span,
  sampled,
  debug: false,
  state: "",
  ...more,
});

describe("the header b3", () => {
  const readable: [string, object][] = [
    [`${trace}-${span}`, found(undefined)],
    [`${trace}-${span}-1`, found(true)],
    [`${trace}-${span}-0`, found(false)],
    [`${trace}-${span}-d`, found(true, { debug: true })],
    [`${trace}-${span}-1-${parent}`, found(true)],
    [`48485a3953bb6124-${span}-1`, found(true, { traceId: "000000000000000048485a3953bb6124" })],
  ];
  for (const [text, context] of readable) {
    it(`is read: ${text}`, () => {
      assert.deepEqual(extractTrace({ b3: text }, ["b3-single"]), context);
    });
  }

  const unreadable = [
    "",
    "0",
    "1",
    "d",
    trace,
    `${trace}-`,
    `-${span}`,
    `${trace}-${span}-`,
    `${trace}-${span}-2`,
    `${trace}-${span}-true`,
    `${trace}-${span}-1-`,
    `${trace}-${span}-1-${parent}-1`,
    `${trace}-${span}-1-0`,
    `${trace.toUpperCase()}-${span}-1`,
    `${trace}0-${span}-1`,
    `${trace}-${span}0-1`,
    `${"0".repeat(32)}-${span}-1`,
    `${trace}-${"0".repeat(16)}-1`,
    ` ${trace}-${span}-1`,
    `${trace}-${span}-1\n`,
  ];
  for (const text of unreadable) {
    it(`is not read: ${JSON.stringify(text)}`, () => {
      assert.equal(extractTrace({ b3: text }, ["b3-single"]), undefined);
    });
  }
});

describe("the headers X-B3-…", () => {
  const ids = { "x-b3-traceid": trace, "x-b3-spanid": span };
  const readable: [Record<string, string>, object][] = [
    [ids, found(undefined)],
    [{ ...ids, "x-b3-sampled": "1" }, found(true)],
    [{ ...ids, "x-b3-sampled": "0", "x-b3-parentspanid": parent }, found(false)],
    [{ ...ids, "x-b3-sampled": "true" }, found(true)],
    [{ ...ids, "x-b3-sampled": "false" }, found(false)],
    [{ ...ids, "x-b3-sampled": "perhaps" }, found(undefined)],
    [{ ...ids, "x-b3-flags": "1" }, found(true, { debug: true })],
    [{ ...ids, "x-b3-flags": "0", "x-b3-sampled": "1" }, found(true)],
    [
      { ...ids, "x-b3-traceid": "48485a3953bb6124" },
      found(undefined, { traceId: `${"0".repeat(16)}48485a3953bb6124` }),
    ],
  ];
  for (const [headers, context] of readable) {
    it(`are read: ${JSON.stringify(headers)}`, () => {
      assert.deepEqual(extractTrace(headers, ["b3-multi"]), context);
    });
  }

  const unreadable: Record<string, string | string[]>[] = [
    {},
    { "x-b3-traceid": trace },
    { "x-b3-spanid": span },
    { "x-b3-sampled": "0" },
    { ...ids, "x-b3-traceid": "0".repeat(32) },
    { ...ids, "x-b3-traceid": trace.slice(1) },
    { ...ids, "x-b3-spanid": "0".repeat(16) },
    { ...ids, "x-b3-spanid": span.slice(1) },
    { ...ids, "x-b3-parentspanid": "nobody" },
    { ...ids, "x-b3-traceid": [trace, trace] },
  ];
  for (const headers of unreadable) {
    it(`are not read: ${JSON.stringify(headers)}`, () => {
      assert.equal(extractTrace(headers, ["b3-multi"]), undefined);
    });
  }
});

describe("the headers of W3C Trace Context", () => {
  const first = `00-${trace}-${span}`;
  const readable: [string, object][] = [
    [`${first}-01`, found(true)],
    [`${first}-00`, found(false)],
    [`${first}-03`, found(true)],
    [`${first}-fe`, found(false)],
    [`01-${trace}-${span}-01`, found(true)],
    [`cc-${trace}-${span}-01-what-comes-later`, found(true)],
  ];
  for (const [text, context] of readable) {
    it(`are read: ${text}`, () => {
      assert.deepEqual(extractTrace({ traceparent: text }, ["w3c"]), context);
    });
  }

  const unreadable = [
    "",
    first,
    `${first}-1`,
    `${first}-001`,
    `${first}-0g`,
    `${first}-01-`,
    `${first}-01-more`,
    `${first}-01 `,
    `ff-${trace}-${span}-01`,
    `cc-${trace}-${span}-01.more`,
    `0-${trace}-${span}-01`,
    `00-${trace.toUpperCase()}-${span}-01`,
    `00-${trace.slice(1)}-${span}-01`,
    `00-${"0".repeat(32)}-${span}-01`,
    `00-${trace}-${"0".repeat(16)}-01`,
    `00-${trace.slice(16)}-${span}-01`,
  ];
  for (const text of unreadable) {
    it(`are not read: ${JSON.stringify(text)}`, () => {
      assert.equal(extractTrace({ traceparent: text }, ["w3c"]), undefined);
    });
  }

  it("are not read when there are two parents", () => {
    const fields = Fields.from([
      ["traceparent", `${first}-01`],
      ["Traceparent", `${first}-01`],
    ]);

    assert.equal(extractTrace(fields), undefined);
  });

  const states: [string[], string][] = [
    [["a=1,b=2"], "a=1,b=2"],
    [["a=1", "b=2"], "a=1,b=2"],
    [[" a=1 ,\tb=2, ,"], "a=1,b=2"],
    [["tenant@system=x=y"], ""],
    [["tenant@system=x y"], "tenant@system=x y"],
    [["0a=1"], "0a=1"],
    [["A=1"], ""],
    [["a"], ""],
    [["a="], ""],
    [["=1"], ""],
    [["a=1,a=2"], ""],
    [["a=\u00e9"], ""],
    [[Array.from({ length: 32 }, (_, at) => `k${at}=v`).join(",")], "whole"],
    [[Array.from({ length: 33 }, (_, at) => `k${at}=v`).join(",")], ""],
    [[`${"a".repeat(256)}=1`], "whole"],
    [[`${"a".repeat(257)}=1`], ""],
    [[`a=${"1".repeat(257)}`], ""],
    [Array.from({ length: 20 }, (_, at) => `k${at}=${"v".repeat(250)}`), ""],
  ];
  for (const [lines, kept] of states) {
    it(`keep ${kept === "" ? "none" : "all"} of tracestate ${JSON.stringify(lines).slice(0, 60)}`, () => {
      const context = extractTrace({ traceparent: `${first}-01`, tracestate: lines });

      assert.equal(context?.state, kept === "whole" ? lines[0] : kept);
    });
  }
});

describe("extractTrace", () => {
  const w3c = `00-${trace}-${span}-01`;

  it("takes W3C before B3, and whatever is well formed before what is not", () => {
    const b3 = `${"1".repeat(32)}-${span}-1`;

    assert.equal(extractTrace({ traceparent: w3c, b3 })?.traceId, trace);
    assert.equal(extractTrace({ traceparent: "broken", b3 })?.traceId, "1".repeat(32));
    assert.equal(extractTrace({ traceparent: w3c, b3 }, ["b3-single"])?.traceId, "1".repeat(32));
  });

  it("finds nothing in headers that are inherited", () => {
    assert.equal(extractTrace(Object.create({ traceparent: w3c })), undefined);
  });

  it("never throws, whatever the headers hold", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom(..."0123456789abcdef-=,@dD ") }),
    );
    const names = ["b3", "traceparent", "tracestate", "x-b3-traceid", "x-b3-spanid", "x-b3-flags"];
    const headers = fc.record(
      Object.fromEntries(names.map((name) => [name, fc.option(text, { nil: undefined })])),
    );
    fc.assert(
      fc.property(headers, (source) => {
        const context = extractTrace(source);
        if (context) assert.match(context.traceId, /^[0-9a-f]{32}$/);
      }),
    );
  });
});

describe("injectTrace", () => {
  const hex = (length: number) =>
    fc
      .string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: length, maxLength: length })
      .filter((text) => !/^0+$/.test(text));
  const contexts = fc.record({
    traceId: hex(32),
    spanId: hex(16),
    sampled: fc.constantFrom(true, false, undefined),
    debug: fc.constant(false),
    state: fc.constantFrom("", "a=1,b@c=2"),
  });

  for (const format of ["w3c", "b3-multi", "b3-single"] satisfies TraceFormat[]) {
    it(`writes in ${format} what is read again`, () => {
      fc.assert(
        fc.property(contexts, contexts, (earlier, context) => {
          const fields = Fields.from([["Accept", "*/*"]]);
          injectTrace(fields, { ...earlier, debug: true }, [format]);
          injectTrace(fields, context, [format]);
          const expected =
            format === "w3c" ? { ...context, sampled: context.sampled === true } : { ...context, state: "" };
          assert.deepEqual(extractTrace(fields), expected);
        }),
      );
    });
  }

  it("tells of a debug trace by X-B3-Flags alone", () => {
    const fields = new Fields();
    injectTrace(fields, { ...found(true), debug: true }, ["b3-multi", "b3-single"]);

    assert.deepEqual(
      [...fields],
      [
        ["X-B3-TraceId", trace],
        ["X-B3-SpanId", span],
        ["X-B3-Flags", "1"],
        ["b3", `${trace}-${span}-d`],
      ],
    );
  });
});
