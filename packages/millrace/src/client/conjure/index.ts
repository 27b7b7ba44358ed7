export type { ConjureBridge, ConjureBridgeOptions } from "./bridge/bridge.js";
export { createConjureBridge } from "./bridge/bridge.js";
export type { Supplied, Token } from "./bridge/bridge-request.js";
export type { ConjureErrorInit, ConjureErrorType, QosMetadata } from "./bridge/conjure-error.js";
export { ConjureError, isConjureError } from "./bridge/conjure-error.js";
export type {
  BridgeCallOptions,
  EndpointOptions,
  HeaderValues,
  PositionalCall,
} from "./bridge/endpoint-options.js";
export type { ProductAgent, ProductAgents } from "./bridge/product-agents.js";
export type { ConjureErrorCode } from "./error-code.js";
export { statusOfCode } from "./error-code.js";
export type { ErrorMappingOptions } from "./error-mapping.js";
export { errorMapping } from "./error-mapping.js";
export type { RemoteErrorCode, RemoteErrorInit } from "./remote-error.js";
export { isRemoteError, RemoteError } from "./remote-error.js";
export type { SerializedError } from "./serialized-error.js";
export { parseSerializedError } from "./serialized-error.js";
export { conjureErrors } from "./server/conjure-errors.js";
export type { ErrorAnswer, ErrorAnswerOptions } from "./server/error-answer.js";
export { errorAnswer } from "./server/error-answer.js";
export type { ExpressErrorHandler } from "./server/express.js";
export { conjureExpress } from "./server/express.js";
export type { FastifyReply } from "./server/fastify.js";
export { conjureFastify } from "./server/fastify.js";
export type { NodeResponse } from "./server/node-http.js";
export { conjureListener, sendError } from "./server/node-http.js";
export type { QosErrorInit } from "./server/qos-error.js";
export { isQosError, QosError } from "./server/qos-error.js";
export type { ErrorParameters, ServiceErrorInit } from "./server/service-error.js";
export { isServiceError, ServiceError } from "./server/service-error.js";
export type { DecodeOptions } from "./types/coding.js";
export { decodeJson, decodeParameter, decodeParameters, encodeJson } from "./types/coding.js";
export type { ObjectOf, UnionOf, ValueOf } from "./types/composites.js";
export type { ConjureType, PlainType, Reading } from "./types/type.js";
export { DecodeError } from "./types/type.js";
export { types } from "./types/types.js";
