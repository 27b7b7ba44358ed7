export { attemptSpans } from "./attempt-span.js";
export { exchangeSpans } from "./exchange-spans.js";
export { extractTrace, injectTrace, type TraceFormat } from "./propagation.js";
export { requestSpan } from "./request-span.js";
export { type TraceOptions, type TraceSettings, traceSettings } from "./settings.js";
export type { HeaderSource, TraceContext } from "./trace-context.js";
export { traceServer } from "./trace-server.js";
export {
  type Span,
  type SpanParent,
  type SpanStart,
  type SpanValue,
  spanParent,
  type Tracing,
} from "./tracing.js";
export { type WaitSpan, waitSpan } from "./wait-span.js";
