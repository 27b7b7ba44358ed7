export type { CallOptions } from "./call/call-options.js";
export { callOptions } from "./call/call-options.js";
export type { Endpoint } from "./call/endpoint.js";
export type { Agent, UserAgent } from "./user-agent.js";
export { createUserAgentText } from "./user-agent.js";
export { userAgent } from "./user-agent-layer.js";
