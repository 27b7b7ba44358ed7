export { createMemoryPair, MemoryStream, type MemoryStreamOptions } from "./memory-stream.js";
export { MockBodies } from "./mock-bodies.js";
export { MockMembers } from "./mock-members.js";
export { MockCall, MockService, type MockServiceOptions } from "./mock-service.js";
export {
  type ArrivalPort,
  type Arrivals,
  type BurstsOptions,
  bursts,
  type ClosedLoopOptions,
  closedLoop,
  everyMs,
  poisson,
} from "./simulation/arrivals.js";
export type { SimulatedRequest, SimulatedResponse } from "./simulation/messages.js";
export type { ServerReport, SimulationReport } from "./simulation/report.js";
export type { LatencySummary } from "./simulation/samples.js";
export {
  blackHole,
  byEndpoint,
  type ConstantTimeOptions,
  constantTime,
  type FailAboveOptions,
  type FailShareOptions,
  failAbove,
  failShare,
  type LinearTimeOptions,
  linearTime,
  phases,
  type RandomTimeOptions,
  type RateLimitedOptions,
  type Refusal,
  randomTime,
  rateLimited,
  type ServedAnswer,
  type ServedCall,
  type ServerHandler,
  type ServerModel,
  type ServerPhase,
} from "./simulation/server-models.js";
export {
  type ClientParts,
  type SimulatedChange,
  type SimulatedService,
  type SimulationOptions,
  simulate,
} from "./simulation/simulate.js";
export { type SvgPlotOptions, svgPlot } from "./simulation/svg-plot.js";
export { textReport } from "./simulation/text-report.js";
export { stubBody } from "./stub-body.js";
export { type StubMember, stubMember } from "./stub-member.js";
export { type RunOptions, settle, VirtualClock } from "./virtual-clock.js";
