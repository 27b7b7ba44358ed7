export { type CallOptions, callOptions } from "./call/call-options.js";
export type { Endpoint } from "./call/endpoint.js";
export { type ResponseLeak, responseLeaks } from "./call/leak-guard.js";
export { callerAgent } from "./caller-agent.js";
export { createServicesConfig, type ReadServices, readServices } from "./config/read-services.js";
export {
  type ProxyConfig,
  type SecurityConfig,
  type ServiceConfig,
  type ServiceDefaults,
  type ServicesConfig,
  serviceConfig,
} from "./config/services-config.js";
export { openServicesFile, type ServicesFileOptions } from "./config/services-file.js";
export type { ServicesDocument } from "./config/services-schema.js";
export { type ClientFactory, type ClientFactoryOptions, openClientFactory } from "./factory.js";
export type { JsonFace, JsonMethod } from "./json/json-face.js";
export type { CheckedOptions, JsonArguments, JsonCallOptions, JsonOptions } from "./json/json-options.js";
export type { PathNames, PathValue } from "./json/path-template.js";
export type { SchemaIssue, SchemaOutput, SchemaResult, StandardSchema } from "./json/standard-schema.js";
export type { HostClients } from "./live/host-clients.js";
export { type OpenClientOptions, openClient } from "./open-client.js";
export type { ClientOptions, Idempotency } from "./options.js";
export { type AnnounceRetriesOptions, announceRetries } from "./policy/announce-retries.js";
export { type ClientRetryOptions, clientRetry, type ServerQos } from "./policy/client-retry.js";
export type { Admission, SelectNodeOptions } from "./selection/options.js";
export { type NodeSelection, selectNode } from "./selection/select-node.js";
export type { EndpointSnapshot, NodeSelectionSnapshot, NodeSnapshot } from "./selection/snapshot.js";
export type { StrategyName } from "./selection/strategy.js";
export type { ServiceClient } from "./service-client.js";
export type { NodeChannelOptions, NodeChannelSettings } from "./transport/node-channels.js";
export { openTransport } from "./transport/open-transport.js";
export type { OpenTransport, Transport, TransportOptions } from "./transport/transport.js";
export { type Agent, createUserAgentText, type UserAgent } from "./user-agent.js";
