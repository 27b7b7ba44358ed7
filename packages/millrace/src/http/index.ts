export { type AgentOptions, createAgent } from "./agent/create-agent.js";
export type { BodySource } from "./body/content.js";
export { ResponseBody } from "./body/response-body.js";
export { toWebStream } from "./body/web-stream.js";
export {
  createDiagnostics,
  type Diagnostics,
  type DiagnosticsOptions,
} from "./diagnostics/create-diagnostics.js";
export type { ChannelReport, DiagnosedChannel } from "./diagnostics/report.js";
export {
  createDispatcher,
  type Dispatch,
  type DispatcherOptions,
  type DispatchInterceptor,
  type ServiceDispatcher,
} from "./dispatch/create-dispatcher.js";
export type { DispatchOptions } from "./dispatch/dispatch-request.js";
export type { DispatchController, DispatchFields, DispatchHandler } from "./dispatch/handler.js";
export { createFetch, type Fetch, type FetchOptions } from "./fetch/create-fetch.js";
export type { FetchInit } from "./fetch/fetch-plan.js";
export { FetchResponse } from "./fetch/fetch-response.js";
export type { FieldsInit } from "./fields-from.js";
export { type HttpChannel, type HttpChannelOptions, openHttpChannel } from "./http-channel.js";
export { type DecompressOptions, decompress } from "./layers/decompress.js";
export {
  type HttpCallEvent,
  httpCalls,
  type PublishCallsOptions,
  type PublishedHttpCall,
  publishCalls,
} from "./layers/publish-calls.js";
export { type SetFieldOptions, setField } from "./layers/set-field.js";
export { type Product, userAgent } from "./layers/user-agent.js";
export type { Query } from "./request/query.js";
export {
  type Answer,
  createRequester,
  type Requester,
  type RequesterOptions,
  type RequestOptions,
} from "./request/requester.js";
