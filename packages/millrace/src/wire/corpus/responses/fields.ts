import { answers, fails, type ResponseCase } from "../cases.js";

const rule = "RFC 9112 §5";
const withFields = (...lines: string[]) =>
  `HTTP/1.1 200 OK\r\n${lines.map((line) => `${line}\r\n`).join("")}Content-Length: 0\r\n\r\n`;
const many = (count: number) => Array.from({ length: count }, (_, index) => `X-${index}: y`);

/** Field lines of responses. */
export const fieldCases: readonly ResponseCase[] = [
  {
    name: "cookies on lines of their own",
    rule: "RFC 9110 §5.3",
    input: withFields("Set-Cookie: a=1", "Set-Cookie: b=2, c"),
    expect: answers(200, { fields: ["Set-Cookie: a=1", "Set-Cookie: b=2, c"] }),
  },
  {
    name: "bytes above ASCII in a value",
    rule: "RFC 9110 §5.5",
    input: withFields("X: \xe9\xff"),
    expect: answers(200, { fields: ["X: \xe9\xff"] }),
  },
  {
    name: "names of JavaScript's own objects",
    rule: "CVE-2026-21710",
    input: withFields("__proto__: a", "constructor: b"),
    expect: answers(200, { fields: ["__proto__: a", "constructor: b"] }),
  },
  { name: "an empty value", rule, input: withFields("X:"), expect: answers(200, { fields: ["X: "] }) },
  {
    name: "blanks before the colon, which a proxy removes",
    rule: "RFC 9112 §5.1",
    input: withFields("X \t: y"),
    expect: answers(200, { fields: ["X: y"] }),
  },
  { name: "blanks without a colon", rule, input: withFields("X y: z"), expect: fails("field-name") },
  { name: "blanks instead of a name", rule, input: withFields("A: b", " : y"), expect: fails("obs-fold") },
  { name: "a line without a colon", rule, input: withFields("nonsense"), expect: fails("field-name") },
  { name: "an empty name", rule, input: withFields(": y"), expect: fails("field-name") },
  {
    name: "a folded value",
    rule: "RFC 9112 §5.2",
    input: withFields("X: y", " z"),
    expect: fails("obs-fold"),
  },
  {
    name: "a blank before the first field",
    rule: "RFC 9112 §2.2",
    input: withFields(" X: y"),
    expect: fails("obs-fold"),
  },
  {
    name: "a NUL in a value",
    rule: "RFC 9110 §5.5",
    input: withFields("X: a\0b"),
    expect: fails("field-value"),
  },
  {
    name: "a control in a value",
    rule: "ruling 2.9",
    input: withFields("X: a\x07b"),
    expect: fails("field-value"),
  },
  {
    name: "DEL in a value",
    rule: "ruling 2.9",
    input: withFields("X: a\x7fb"),
    expect: fails("field-value"),
  },
  {
    name: "a bare line feed",
    rule: "RFC 9112 §2.2, response splitting",
    input: withFields("X: a\nSet-Cookie: b"),
    expect: fails("bare-lf"),
  },
  {
    name: "a bare carriage return",
    rule: "RFC 9112 §2.2, response splitting",
    input: withFields("X: a\rSet-Cookie: b"),
    expect: fails("bare-cr"),
  },
  {
    name: "a carriage return for the empty line",
    rule: "CVE-2025-23167",
    input: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\rX: y\r\n\r\n",
    expect: fails("bare-cr"),
  },
  { name: "as many fields as may be", rule: "limit", input: withFields(...many(99)), expect: answers(200) },
  {
    name: "one field too many",
    rule: "limit",
    input: withFields(...many(100)),
    expect: fails("field-limit"),
  },
  {
    name: "an endless field",
    rule: "limit",
    input: `HTTP/1.1 200 OK\r\nX: ${"y".repeat(100_000)}`,
    expect: fails("field-limit"),
  },
  {
    name: "an endless reason",
    rule: "limit",
    input: `HTTP/1.1 200 ${"y".repeat(100_000)}`,
    expect: fails("field-limit"),
  },
  {
    name: "a head too large of lines that fit",
    rule: "limit",
    input: withFields(...Array.from({ length: 5 }, () => `X: ${"y".repeat(16_000)}`)),
    expect: fails("head-limit"),
  },
  {
    name: "a large head that fits",
    rule: "limit",
    input: withFields(...Array.from({ length: 3 }, () => `X: ${"y".repeat(16_000)}`)),
    expect: answers(200),
  },
];
