export { type ConjureBridge, type ConjureBridgeOptions, createConjureBridge } from "./bridge/bridge.js";
export type { Supplied, Token } from "./bridge/bridge-request.js";
export {
  ConjureError,
  type ConjureErrorInit,
  type ConjureErrorType,
  isConjureError,
  type QosMetadata,
} from "./bridge/conjure-error.js";
export type {
  BridgeCallOptions,
  EndpointOptions,
  HeaderValues,
  PositionalCall,
} from "./bridge/endpoint-options.js";
export type { ProductAgent, ProductAgents } from "./bridge/product-agents.js";
export { type ConjureErrorCode, statusOfCode } from "./error-code.js";
export { type ErrorMappingOptions, errorMapping } from "./error-mapping.js";
export { isRemoteError, RemoteError, type RemoteErrorCode, type RemoteErrorInit } from "./remote-error.js";
export { parseSerializedError, type SerializedError } from "./serialized-error.js";
export { conjureErrors } from "./server/conjure-errors.js";
export { type ErrorAnswer, type ErrorAnswerOptions, errorAnswer } from "./server/error-answer.js";
export { conjureExpress, type ExpressErrorHandler } from "./server/express.js";
export { conjureFastify, type FastifyReply } from "./server/fastify.js";
export { conjureListener, type NodeResponse, sendError } from "./server/node-http.js";
export { isQosError, QosError, type QosErrorInit } from "./server/qos-error.js";
export {
  type ErrorParameters,
  isServiceError,
  ServiceError,
  type ServiceErrorInit,
} from "./server/service-error.js";
export {
  type DecodeOptions,
  decodeJson,
  decodeParameter,
  decodeParameters,
  encodeJson,
} from "./types/coding.js";
export type { ObjectOf, UnionOf, ValueOf } from "./types/composites.js";
export { type ConjureType, DecodeError, type PlainType, type Reading } from "./types/type.js";
export { types } from "./types/types.js";
