export { type OpenTelemetryApi, openTelemetryTracing } from "./tracing.js";
