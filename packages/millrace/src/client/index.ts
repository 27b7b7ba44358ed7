export type { CallOptions } from "./call/call-options.js";
export { callOptions } from "./call/call-options.js";
export type { Endpoint } from "./call/endpoint.js";
export type { ResponseLeak } from "./call/leak-guard.js";
export { responseLeaks } from "./call/leak-guard.js";
export { callerAgent } from "./caller-agent.js";
export type { ReadServices } from "./config/read-services.js";
export { createServicesConfig, readServices } from "./config/read-services.js";
export type {
  ProxyConfig,
  SecurityConfig,
  ServiceConfig,
  ServiceDefaults,
  ServicesConfig,
} from "./config/services-config.js";
export { serviceConfig } from "./config/services-config.js";
export type { ServicesFileOptions } from "./config/services-file.js";
export { openServicesFile } from "./config/services-file.js";
export type { ServicesDocument } from "./config/services-schema.js";
export type { ClientFactory, ClientFactoryOptions } from "./factory.js";
export { openClientFactory } from "./factory.js";
export type { JsonFace, JsonMethod } from "./json/json-face.js";
export type { CheckedOptions, JsonArguments, JsonCallOptions, JsonOptions } from "./json/json-options.js";
export type { PathNames, PathValue } from "./json/path-template.js";
export type { SchemaIssue, SchemaOutput, SchemaResult, StandardSchema } from "./json/standard-schema.js";
export type { HostClients } from "./live/host-clients.js";
export type { OpenClientOptions } from "./open-client.js";
export { openClient } from "./open-client.js";
export type { ClientOptions, Idempotency } from "./options.js";
export type { AnnounceRetriesOptions } from "./policy/announce-retries.js";
export { announceRetries } from "./policy/announce-retries.js";
export type { ClientRetryOptions, ServerQos } from "./policy/client-retry.js";
export { clientRetry } from "./policy/client-retry.js";
export type { Admission, SelectNodeOptions } from "./selection/options.js";
export type { NodeSelection } from "./selection/select-node.js";
export { selectNode } from "./selection/select-node.js";
export type { EndpointSnapshot, NodeSelectionSnapshot, NodeSnapshot } from "./selection/snapshot.js";
export type { StrategyName } from "./selection/strategy.js";
export type { ServiceClient } from "./service-client.js";
export type { NodeChannelOptions, NodeChannelSettings } from "./transport/node-channels.js";
export { openTransport } from "./transport/open-transport.js";
export type { OpenTransport, Transport, TransportOptions } from "./transport/transport.js";
export type { Agent, UserAgent } from "./user-agent.js";
export { createUserAgentText } from "./user-agent.js";
