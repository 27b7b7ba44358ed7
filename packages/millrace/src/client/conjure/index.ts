export type { ConjureErrorCode } from "./error-code.js";
export { statusOfCode } from "./error-code.js";
export type { ErrorMappingOptions } from "./error-mapping.js";
export { errorMapping } from "./error-mapping.js";
export type { RemoteErrorCode, RemoteErrorInit } from "./remote-error.js";
export { isRemoteError, RemoteError } from "./remote-error.js";
export type { SerializedError } from "./serialized-error.js";
export { parseSerializedError } from "./serialized-error.js";
