export type { MemoryStreamOptions } from "./memory-stream.js";
export { createMemoryPair, MemoryStream } from "./memory-stream.js";
export { MockBodies } from "./mock-bodies.js";
export { MockMembers } from "./mock-members.js";
export type { MockServiceOptions } from "./mock-service.js";
export { MockCall, MockService } from "./mock-service.js";
export type { ArrivalPort, Arrivals, BurstsOptions, ClosedLoopOptions } from "./simulation/arrivals.js";
export { bursts, closedLoop, everyMs, poisson } from "./simulation/arrivals.js";
export type { SimulatedRequest, SimulatedResponse } from "./simulation/messages.js";
export type { ServerReport, SimulationReport } from "./simulation/report.js";
export type { LatencySummary } from "./simulation/samples.js";
export type {
  ConstantTimeOptions,
  FailAboveOptions,
  FailShareOptions,
  LinearTimeOptions,
  RandomTimeOptions,
  RateLimitedOptions,
  Refusal,
  ServedAnswer,
  ServedCall,
  ServerHandler,
  ServerModel,
  ServerPhase,
} from "./simulation/server-models.js";
export {
  blackHole,
  byEndpoint,
  constantTime,
  failAbove,
  failShare,
  linearTime,
  phases,
  randomTime,
  rateLimited,
} from "./simulation/server-models.js";
export type {
  ClientParts,
  SimulatedChange,
  SimulatedService,
  SimulationOptions,
} from "./simulation/simulate.js";
export { simulate } from "./simulation/simulate.js";
export type { SvgPlotOptions } from "./simulation/svg-plot.js";
export { svgPlot } from "./simulation/svg-plot.js";
export { textReport } from "./simulation/text-report.js";
export type { StubMember } from "./stub-member.js";
export { stubMember } from "./stub-member.js";
export type { RunOptions } from "./virtual-clock.js";
export { settle, VirtualClock } from "./virtual-clock.js";
