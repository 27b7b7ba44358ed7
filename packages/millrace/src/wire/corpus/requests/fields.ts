import { get, message, type RequestCase, refuses, serves, smuggled } from "../cases.js";

const rule = "RFC 9112 §5";
const controls = [..."\0\x01\x02\x03\x04\x05\x06\x07\b\v\f\x0e\x0f\x1a\x1b\x1f\x7f"];
const separators = [...'"(),/;<=>?@[\\]{}'];

/** Field lines: names, values, line ends, folding. */
export const fieldCases: readonly RequestCase[] = [
  { name: "an empty value", rule, input: get("X:"), expect: serves({ fields: ["X: "] }) },
  { name: "a value of blanks", rule, input: get("X: \t \t"), expect: serves({ fields: ["X: "] }) },
  {
    name: "blanks around a value",
    rule: "RFC 9112 §5.1",
    input: get("X: \t y z\t "),
    expect: serves({ fields: ["X: y z"] }),
  },
  { name: "no blank before a value", rule, input: get("X:y"), expect: serves({ fields: ["X: y"] }) },
  { name: "a colon in a value", rule, input: get("X: a:b"), expect: serves({ fields: ["X: a:b"] }) },
  {
    name: "a tab within a value",
    rule: "RFC 9110 §5.5",
    input: get("X: a\tb"),
    expect: serves({ fields: ["X: a\tb"] }),
  },
  {
    name: "bytes above ASCII in a value",
    rule: "RFC 9110 §5.5",
    input: get("X: caf\xc3\xa9 \x80\xff"),
    expect: serves({ fields: ["X: caf\xc3\xa9 \x80\xff"] }),
  },
  {
    name: "every mark of a token in a name",
    rule: "RFC 9110 §5.6.2",
    input: get("!#$%&'*+-.^_`|~09azAZ: y"),
    expect: serves({ fields: ["!#$%&'*+-.^_`|~09azAZ: y"] }),
  },
  {
    name: "names of JavaScript's own objects",
    rule: "CVE-2026-21710",
    input: get("__proto__: a", "constructor: b", "toString: c", "hasOwnProperty: d"),
    expect: serves({ fields: ["__proto__: a", "constructor: b", "toString: c", "hasOwnProperty: d"] }),
  },
  {
    name: "names that look like whole numbers",
    rule: "CVE-2026-21717",
    input: get("0: a", "1: b", "4294967295: c"),
    expect: serves({ fields: ["0: a", "1: b", "4294967295: c"] }),
  },
  {
    name: "one name on several lines, in order",
    rule: "RFC 9110 §5.3",
    input: get("X: 1", "Y: 2", "x: 3"),
    expect: serves({ fields: ["X: 1", "Y: 2", "x: 3"] }),
  },
  ...controls.map(
    (byte): RequestCase => ({
      name: `${JSON.stringify(byte)} in a value`,
      rule: "RFC 9110 §5.5, ruling 2.9",
      input: get(`X: a${byte}b`),
      expect: refuses(400, "field-value"),
    }),
  ),
  ...[...controls, ...separators, " ", "\t", "\x80", "\xe9"].map(
    (byte): RequestCase => ({
      name: `${JSON.stringify(byte)} in a name`,
      rule: "RFC 9110 §5.1, ruling 2.9",
      input: get(`X${byte}Y: z`),
      expect: refuses(400, "field-name"),
    }),
  ),
  {
    name: "a space before the colon",
    rule: "RFC 9112 §5.1",
    input: get("X : y"),
    expect: refuses(400, "field-name"),
  },
  {
    name: "a tab before the colon",
    rule: "RFC 9112 §5.1",
    input: get("X\t: y"),
    expect: refuses(400, "field-name"),
  },
  { name: "an empty name", rule: "CVE-2023-25725", input: get(": y"), expect: refuses(400, "field-name") },
  {
    name: "an empty name before a framing field",
    rule: "CVE-2023-25725",
    input: get(": x", "Content-Length: 0"),
    expect: refuses(400, "field-name"),
  },
  { name: "a line without a colon", rule, input: get("nonsense"), expect: refuses(400, "field-name") },
  {
    name: "a line without a colon, last",
    rule,
    input: get("X: y", "nonsense"),
    expect: refuses(400, "field-name"),
  },
  {
    name: "a folded value",
    rule: "RFC 9112 §5.2",
    input: get("X: a", " b"),
    expect: refuses(400, "obs-fold"),
  },
  {
    name: "a value folded with a tab",
    rule: "RFC 9112 §5.2",
    input: get("X: a", "\tb"),
    expect: refuses(400, "obs-fold"),
  },
  {
    name: "a fold of nothing",
    rule: "RFC 9112 §5.2",
    input: get("X: a", " "),
    expect: refuses(400, "obs-fold"),
  },
  {
    name: "a fold of an empty value",
    rule: "RFC 9112 §5.2",
    input: get("X:", " b"),
    expect: refuses(400, "obs-fold"),
  },
  {
    name: "a blank before the first field",
    rule: "RFC 9112 §2.2",
    input: message("GET / HTTP/1.1", " Host: a"),
    expect: refuses(400, "obs-fold"),
  },
  {
    name: "a folded Host",
    rule: "RFC 9112 §5.2",
    input: message("GET / HTTP/1.1", "Host:", " a"),
    expect: refuses(400, "obs-fold"),
  },
  {
    name: "a bare line feed after a field",
    rule: "RFC 9112 §2.2",
    input: "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n",
    expect: refuses(400, "bare-lf"),
  },
  {
    name: "a bare line feed within a name",
    rule: "RFC 9112 §2.2",
    input: get("X\nY: z"),
    expect: refuses(400, "bare-lf"),
  },
  {
    name: "a bare line feed for the empty line",
    rule: "CVE-2022-32213",
    input: "GET / HTTP/1.1\r\nHost: a\r\n\n",
    expect: refuses(400, "bare-lf"),
  },
  {
    name: "a bare carriage return in a value",
    rule: "RFC 9112 §2.2",
    input: get("X: a\rb"),
    expect: refuses(400, "bare-cr"),
  },
  {
    name: "a bare carriage return before the line's end",
    rule: "RFC 9112 §2.2",
    input: get("X: a\r"),
    expect: refuses(400, "bare-cr"),
  },
  {
    name: "a bare carriage return in a name",
    rule: "RFC 9112 §2.2",
    input: get("X\rY: z"),
    expect: refuses(400, "field-name"),
  },
  {
    name: "a carriage return for the empty line",
    rule: "CVE-2025-23167",
    input: `GET / HTTP/1.1\r\nHost: a\r\n\rX${smuggled}`,
    expect: refuses(400, "bare-cr"),
  },
  {
    name: "a carriage return and another field",
    rule: "CVE-2025-23167",
    input: "GET / HTTP/1.1\r\nHost: a\r\n\rX: y\r\n\r\n",
    expect: refuses(400, "bare-cr"),
  },
  {
    name: "a field ended by a carriage return alone",
    rule: "CVE-2022-35256",
    input: "GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n",
    expect: refuses(400, "bare-cr"),
  },
];
