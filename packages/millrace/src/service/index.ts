export { CallControl, createContext, createContextKey, deriveContext } from "./context.js";
export type { AbortListener, CallContext, ContextKey, ContextOptions } from "./context.js";
export { alwaysReady, fromFunction } from "./from-function.js";
export type { Layer, Policy, Service } from "./service.js";
export { stack } from "./stack.js";
