export type { Channel, ChannelSnapshot } from "./channel.js";
export { openChannel, openedChannels } from "./channel.js";
export type { ChannelConfigParts, ConfiguredChannel } from "./config.js";
export { channelOptionsFromConfig } from "./config.js";
export type { Connector } from "./connect/connector.js";
export type { Dialer, DialerOptions } from "./connect/dialer.js";
export { createDialer } from "./connect/dialer.js";
export type { TcpOptions } from "./connect/tcp.js";
export { createTcpConnector } from "./connect/tcp.js";
export type { TlsOptions } from "./connect/tls.js";
export { createTlsConnector } from "./connect/tls.js";
export type { UrlConnectorOptions } from "./connect/to-url.js";
export { createUrlConnector } from "./connect/to-url.js";
export type { UnixOptions } from "./connect/unix.js";
export { createUnixConnector } from "./connect/unix.js";
export type { HealthAnswer, HttpHealthQuestion, StatusRange } from "./health/ask-http.js";
export { askHttp } from "./health/ask-http.js";
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
export type { HealthCheckPlan, HealthCheckResult, HealthChecksParts } from "./health/health-checks.js";
export { HealthChecks } from "./health/health-checks.js";
export type { HealthStreak, HealthThresholds } from "./health/streak.js";
export { assumedHealthy } from "./health/streak.js";
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
export type {
  EvictionReason,
  MemberEvent,
  PoolEvent,
  PoolHealthy,
  PoolUnhealthy,
} from "./pool/pool-events.js";
export { poolEvents } from "./pool/pool-events.js";
export type { ConnectionCounts, LeavingReason, MemberPhase } from "./pool/pool-member.js";
export type { ServerPool, ServerPoolOptions } from "./pool/server-pool.js";
export { openServerPool } from "./pool/server-pool.js";
export type { SizingOptions } from "./pool/sizing.js";
export type { AddressSnapshot, ChannelStatus, PoolMemberSnapshot, PoolSnapshot } from "./pool/snapshot.js";
export type { AbsoluteFormOptions } from "./proxy/absolute-form.js";
export { absoluteForm } from "./proxy/absolute-form.js";
export type { ProxyCredentials } from "./proxy/credentials.js";
export type { HttpProxyDialerOptions } from "./proxy/http-proxy-dialer.js";
export { createHttpProxyDialer } from "./proxy/http-proxy-dialer.js";
export type { HttpProxyRoute, HttpProxyRouteOptions } from "./proxy/http-proxy-route.js";
export { createHttpProxyRoute } from "./proxy/http-proxy-route.js";
export type { Environment } from "./proxy/proxy-for.js";
export { isProxyExcluded, proxyFor } from "./proxy/proxy-for.js";
export type { Address, TcpAddress, UnixAddress } from "./resolve/address.js";
export { addressKey, parseAddress, tcpAddress } from "./resolve/address.js";
export type { DnsResolverOptions } from "./resolve/dns.js";
export { createDnsResolver } from "./resolve/dns.js";
export type { AddressRecord, DnsClient, DnsClientOptions, ServiceRecord } from "./resolve/dns-client.js";
export { createDnsClient } from "./resolve/dns-client.js";
export type { FileResolverOptions } from "./resolve/file.js";
export { createFileResolver } from "./resolve/file.js";
export type { IterableResolverOptions } from "./resolve/iterable.js";
export { createIterableResolver } from "./resolve/iterable.js";
export type { LookupOptions } from "./resolve/lookup-options.js";
export type { LookupEvent } from "./resolve/repeated-lookup.js";
export { lookups } from "./resolve/repeated-lookup.js";
export type { Resolution, ResolutionListener, Resolver } from "./resolve/resolver.js";
export { resolverFor } from "./resolve/resolver-for.js";
export type { SrvResolverOptions } from "./resolve/srv.js";
export { createSrvResolver } from "./resolve/srv.js";
export { createStaticResolver } from "./resolve/static.js";
export type { RetryCondition } from "./retry-policy.js";
export { createRetryPolicy } from "./retry-policy.js";
export type { ChannelTargetOptions } from "./target.js";
export type { ClientTlsOptions, TlsHandshake } from "./tls/client-tls.js";
export type { VerifyPeer } from "./tls/identity.js";
export type { PemMaterial } from "./tls/pem.js";
export { followTlsFiles } from "./tls/server-context.js";
export type { TlsExpiryQuestion, TlsReload } from "./tls/tls-events.js";
export { tlsExpiryQuestions, tlsReloads } from "./tls/tls-events.js";
export type { TlsFiles, TlsFilesOptions, TlsMaterial } from "./tls/tls-files.js";
export { openTlsFiles } from "./tls/tls-files.js";
export type { Validity } from "./tls/validity.js";
