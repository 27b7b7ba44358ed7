export { createMemoryPair, MemoryStream } from "./memory-stream.js";
export type { MemoryStreamOptions } from "./memory-stream.js";
export { MockBodies } from "./mock-bodies.js";
export type { MockServiceOptions } from "./mock-service.js";
export { MockCall, MockService } from "./mock-service.js";
export { settle, VirtualClock } from "./virtual-clock.js";
