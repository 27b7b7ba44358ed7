/** Where in a trace a request comes from: what the headers of B3 and of W3C Trace Context have in common. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits, not all zero; 64-bit ids are filled up with zeros in front. */
  readonly traceId: string;
  /** The span that the request belongs to: 16 lower-case hexadecimal digits, not all zero. */
  readonly spanId: string;
  /** Whether spans of this trace are recorded; `undefined` while nobody has decided. */
  readonly sampled: boolean | undefined;
  /** Whether the trace is to be recorded whatever samplers say; B3 only. */
  readonly debug: boolean;
  /** What tracing systems carry along, as in `tracestate`; W3C only, empty for nothing. */
  readonly state: string;
}

/** Header lines to read from: Millrace's own fields, or headers as Node gives them, in lower case. */
export type HeaderSource =
  | { getAll(name: string): readonly string[] }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/** The lines of a header; `name` in lower case. */
export function linesOf(source: HeaderSource, name: string): readonly string[] {
  if (typeof source["getAll"] === "function") return source["getAll"](name) as readonly string[];
  const value = Object.hasOwn(source, name) ? (source as Record<string, unknown>)[name] : undefined;
  if (typeof value === "string") return [value];
  return Array.isArray(value) ? (value as string[]) : [];
}

/** The value of a header that must come once; `undefined` when it does not come, or comes twice. */
export function lineOf(source: HeaderSource, name: string): string | undefined {
  const lines = linesOf(source, name);
  return lines.length === 1 ? lines[0] : undefined;
}

const spanIdPattern = /^[0-9a-f]{16}$/;
const noSpan = "0".repeat(16);
const noTrace = "0".repeat(32);

/** Whether `text` is the id of a span. */
export function isSpanId(text: string): boolean {
  return spanIdPattern.test(text) && text !== noSpan;
}

/** The 128-bit id of a trace given with 128 or 64 bits; `undefined` when it is none. */
export function traceIdOf(text: string): string | undefined {
  const full = text.length === 16 ? noSpan + text : text;
  return /^[0-9a-f]{32}$/.test(full) && full !== noTrace ? full : undefined;
}
