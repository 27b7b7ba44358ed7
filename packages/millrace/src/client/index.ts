export type { CallOptions } from "./call/call-options.js";
export { callOptions } from "./call/call-options.js";
export type { Endpoint } from "./call/endpoint.js";
