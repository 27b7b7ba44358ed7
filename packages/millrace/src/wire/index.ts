export { ClientConnection } from "./h1/client-connection.js";
export {
  type ClientConnectionOptions,
  type ClientSettings,
  type ClientTimeouts,
  clientSettings,
} from "./h1/client-settings.js";
export { hasConnectionOption, isPersistent, listHas } from "./h1/connection-options.js";
export type { ConnectionOwner } from "./h1/connection-owner.js";
export type { Exchange } from "./h1/exchange.js";
export { type MessageLimits, messageLimits } from "./h1/limits.js";
export { ProtocolError, type ProtocolRule } from "./h1/protocol-error.js";
export { createServer, type HttpServer, type ServeOptions } from "./h1/server.js";
export { ServerConnection } from "./h1/server-connection.js";
export {
  type ServerConnectionOptions,
  type ServerObserver,
  type ServerSettings,
  type ServerTimeouts,
  serverSettings,
} from "./h1/server-settings.js";
export {
  type Body,
  type BodySink,
  BytesBody,
  type EmptyBody,
  emptyBody,
  readAll,
  type StreamBody,
} from "./http/body.js";
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
export { joinStreams, type Tunnel, type TunnelOptions, type TunnelTotals } from "./stream/tunnel.js";
