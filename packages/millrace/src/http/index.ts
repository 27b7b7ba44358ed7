export type { AgentOptions } from "./agent/create-agent.js";
export { createAgent } from "./agent/create-agent.js";
export type { BodySource } from "./body/content.js";
export { ResponseBody } from "./body/response-body.js";
export { toWebStream } from "./body/web-stream.js";
export type { Diagnostics, DiagnosticsOptions } from "./diagnostics/create-diagnostics.js";
export { createDiagnostics } from "./diagnostics/create-diagnostics.js";
export type { ChannelReport, DiagnosedChannel } from "./diagnostics/report.js";
export type {
  Dispatch,
  DispatcherOptions,
  DispatchInterceptor,
  ServiceDispatcher,
} from "./dispatch/create-dispatcher.js";
export { createDispatcher } from "./dispatch/create-dispatcher.js";
export type { DispatchOptions } from "./dispatch/dispatch-request.js";
export type { DispatchController, DispatchFields, DispatchHandler } from "./dispatch/handler.js";
export type { Fetch, FetchOptions } from "./fetch/create-fetch.js";
export { createFetch } from "./fetch/create-fetch.js";
export type { FetchInit } from "./fetch/fetch-plan.js";
export { FetchResponse } from "./fetch/fetch-response.js";
export type { FieldsInit } from "./fields-from.js";
export type { HttpChannel, HttpChannelOptions } from "./http-channel.js";
export { openHttpChannel } from "./http-channel.js";
export type { DecompressOptions } from "./layers/decompress.js";
export { decompress } from "./layers/decompress.js";
export type { HttpCallEvent, PublishCallsOptions, PublishedHttpCall } from "./layers/publish-calls.js";
export { httpCalls, publishCalls } from "./layers/publish-calls.js";
export type { SetFieldOptions } from "./layers/set-field.js";
export { setField } from "./layers/set-field.js";
export type { Product } from "./layers/user-agent.js";
export { userAgent } from "./layers/user-agent.js";
export type { Query } from "./request/query.js";
export type { Answer, Requester, RequesterOptions, RequestOptions } from "./request/requester.js";
export { createRequester } from "./request/requester.js";
