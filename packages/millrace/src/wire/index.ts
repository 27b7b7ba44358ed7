export { ClientConnection } from "./h1/client-connection.js";
export type { ClientConnectionOptions, ClientSettings, ClientTimeouts } from "./h1/client-settings.js";
export { clientSettings } from "./h1/client-settings.js";
export { hasConnectionOption, isPersistent, listHas } from "./h1/connection-options.js";
export type { ConnectionOwner } from "./h1/connection-owner.js";
export type { Exchange } from "./h1/exchange.js";
export type { MessageLimits } from "./h1/limits.js";
export { messageLimits } from "./h1/limits.js";
export type { ProtocolRule } from "./h1/protocol-error.js";
export { ProtocolError } from "./h1/protocol-error.js";
export type { HttpServer, ServeOptions } from "./h1/server.js";
export { createServer } from "./h1/server.js";
export { ServerConnection } from "./h1/server-connection.js";
export type {
  ServerConnectionOptions,
  ServerObserver,
  ServerSettings,
  ServerTimeouts,
} from "./h1/server-settings.js";
export { serverSettings } from "./h1/server-settings.js";
export type { Body, BodySink, EmptyBody, StreamBody } from "./http/body.js";
export { BytesBody, emptyBody, readAll } from "./http/body.js";
export { errorResponse } from "./http/error-response.js";
export { errorStatus } from "./http/error-status.js";
export { FieldId, fieldId } from "./http/field-id.js";
export { Fields } from "./http/fields.js";
export type { HttpRequest, HttpResponse, InterimResponse, RequestTarget } from "./http/message.js";
export { PassedBody } from "./http/passed-body.js";
export { isBodiless, isIdempotent, reasonOf } from "./http/status.js";
export { whenResponseDone } from "./http/when-done.js";
export type { ByteReceiver, ByteStream, Peer } from "./stream/byte-stream.js";
export { SocketStream } from "./stream/socket-stream.js";
export type { Tunnel, TunnelOptions, TunnelTotals } from "./stream/tunnel.js";
export { joinStreams } from "./stream/tunnel.js";
