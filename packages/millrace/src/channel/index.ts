export type { Connector } from "./connect/connector.js";
export type { TcpOptions } from "./connect/tcp.js";
export { createTcpConnector } from "./connect/tcp.js";
export type { TlsOptions } from "./connect/tls.js";
export { createTlsConnector } from "./connect/tls.js";
export type { UrlConnectorOptions } from "./connect/to-url.js";
export { createUrlConnector } from "./connect/to-url.js";
export type { ConnectionPool, ConnectionPoolOptions } from "./pool/connection-pool.js";
export { openConnectionPool } from "./pool/connection-pool.js";
