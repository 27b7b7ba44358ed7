export { type Channel, type ChannelSnapshot, openChannel, openedChannels } from "./channel.js";
export { type ChannelConfigParts, type ConfiguredChannel, channelOptionsFromConfig } from "./config.js";
export type { Connector } from "./connect/connector.js";
export { createDialer, type Dialer, type DialerOptions } from "./connect/dialer.js";
export { createTcpConnector, type TcpOptions } from "./connect/tcp.js";
export { createTlsConnector, type TlsOptions } from "./connect/tls.js";
export { createUrlConnector, type UrlConnectorOptions } from "./connect/to-url.js";
export { createUnixConnector, type UnixOptions } from "./connect/unix.js";
export { askHttp, type HealthAnswer, type HttpHealthQuestion, type StatusRange } from "./health/ask-http.js";
export type {
  CustomHealthCheck,
  HealthCheck,
  HealthSubject,
  HealthTiming,
  HealthVerdict,
  HttpHealthCheck,
  NoHealthCheck,
  TcpHealthCheck,
} from "./health/health-check.js";
export {
  type HealthCheckPlan,
  type HealthCheckResult,
  HealthChecks,
  type HealthChecksParts,
} from "./health/health-checks.js";
export { assumedHealthy, type HealthStreak, type HealthThresholds } from "./health/streak.js";
export { type ConnectionClosed, connectionEvents } from "./member/connection-events.js";
export type {
  ChannelBalanceOptions,
  ChannelConnectionOptions,
  ChannelOptions,
  ChannelRetryOptions,
} from "./options.js";
export type { AddressError } from "./pool/address-book.js";
export { openConnectionPool } from "./pool/connection-pool.js";
export type { ConnectionEnd, ConnectionPool, ConnectionPoolOptions } from "./pool/connection-pool-options.js";
export type { LastError } from "./pool/last-error.js";
export type { PoolOptions } from "./pool/options.js";
export {
  type EvictionReason,
  type MemberEvent,
  type PoolEvent,
  type PoolHealthy,
  type PoolUnhealthy,
  poolEvents,
} from "./pool/pool-events.js";
export type { ConnectionCounts, LeavingReason, MemberPhase } from "./pool/pool-member.js";
export { openServerPool, type ServerPool, type ServerPoolOptions } from "./pool/server-pool.js";
export type { SizingOptions } from "./pool/sizing.js";
export type { AddressSnapshot, ChannelStatus, PoolMemberSnapshot, PoolSnapshot } from "./pool/snapshot.js";
export { type AbsoluteFormOptions, absoluteForm } from "./proxy/absolute-form.js";
export type { ProxyCredentials } from "./proxy/credentials.js";
export { createHttpProxyDialer, type HttpProxyDialerOptions } from "./proxy/http-proxy-dialer.js";
export {
  createHttpProxyRoute,
  type HttpProxyRoute,
  type HttpProxyRouteOptions,
} from "./proxy/http-proxy-route.js";
export { type Environment, isProxyExcluded, proxyFor } from "./proxy/proxy-for.js";
export {
  type Address,
  addressKey,
  parseAddress,
  type TcpAddress,
  tcpAddress,
  type UnixAddress,
} from "./resolve/address.js";
export { createDnsResolver, type DnsResolverOptions } from "./resolve/dns.js";
export {
  type AddressRecord,
  createDnsClient,
  type DnsClient,
  type DnsClientOptions,
  type ServiceRecord,
} from "./resolve/dns-client.js";
export { createFileResolver, type FileResolverOptions } from "./resolve/file.js";
export { createIterableResolver, type IterableResolverOptions } from "./resolve/iterable.js";
export type { LookupOptions } from "./resolve/lookup-options.js";
export { type LookupEvent, lookups } from "./resolve/repeated-lookup.js";
export type { Resolution, ResolutionListener, Resolver } from "./resolve/resolver.js";
export { resolverFor } from "./resolve/resolver-for.js";
export { createSrvResolver, type SrvResolverOptions } from "./resolve/srv.js";
export { createStaticResolver } from "./resolve/static.js";
export { createRetryPolicy, type RetryCondition } from "./retry-policy.js";
export type { ChannelTargetOptions } from "./target.js";
export type { ClientTlsOptions, TlsHandshake } from "./tls/client-tls.js";
export type { VerifyPeer } from "./tls/identity.js";
export type { PemMaterial } from "./tls/pem.js";
export { followTlsFiles } from "./tls/server-context.js";
export { type TlsExpiryQuestion, type TlsReload, tlsExpiryQuestions, tlsReloads } from "./tls/tls-events.js";
export { openTlsFiles, type TlsFiles, type TlsFilesOptions, type TlsMaterial } from "./tls/tls-files.js";
export type { Validity } from "./tls/validity.js";
