export type { OpenTelemetryApi } from "./tracing.js";
export { openTelemetryTracing } from "./tracing.js";
