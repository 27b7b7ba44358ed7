export type { MemoryStreamOptions } from "./memory-stream.js";
export { createMemoryPair, MemoryStream } from "./memory-stream.js";
export { MockBodies } from "./mock-bodies.js";
export { MockMembers } from "./mock-members.js";
export type { MockServiceOptions } from "./mock-service.js";
export { MockCall, MockService } from "./mock-service.js";
export type { StubMember } from "./stub-member.js";
export { stubMember } from "./stub-member.js";
export { settle, VirtualClock } from "./virtual-clock.js";
