import type { CallContext } from "../../../service/context.js";
import type { CallOptions } from "../../call/call-options.js";

/** Values of headers; null ones are not sent. */
export type HeaderValues = Readonly<Record<string, string | number | boolean | undefined | null>>;

/** One call of an endpoint, as generated code describes it: the `IHttpEndpointOptions` of `conjure-client`. */
export interface EndpointOptions {
  /** Name of the API. @defaultValue `unknown` */
  readonly serviceName?: string | undefined;
  /** Name of the endpoint. @defaultValue the method with the path */
  readonly endpointName?: string | undefined;
  /** Path with places for arguments: `/widgets/{id}`. */
  readonly endpointPath: string;
  /** HTTP method. */
  readonly method: string;
  /** Header fields; null ones are left out. @defaultValue none */
  readonly headers?: HeaderValues | undefined;
  /** Media type of `data`. @defaultValue `application/json` */
  readonly requestMediaType?: string | undefined;
  /** Media type that is asked for. @defaultValue any */
  readonly responseMediaType?: string | undefined;
  /** Arguments for the places of the path, in their order. @defaultValue none */
  readonly pathArguments?: readonly unknown[] | undefined;
  /** Parameters of the query; null ones are left out, lists are repeated. @defaultValue none */
  readonly queryArguments?: unknown;
  /** What is sent; nothing for null. @defaultValue none */
  readonly data?: unknown;
  /** Whether binary content is given as a `ReadableStream`, not as a `Blob`. @defaultValue false */
  readonly binaryAsStream?: boolean | undefined;
}

/** What newer generated code passes by position, to be shorter. */
export type PositionalCall = [
  serviceName: string,
  endpointName: string,
  method: string,
  endpointPath: string,
  data?: unknown,
  headers?: HeaderValues,
  queryArguments?: Readonly<Record<string, unknown>>,
  pathArguments?: readonly unknown[],
  requestMediaType?: string,
  responseMediaType?: string,
];

/** What generated code cannot say of its calls. */
export interface BridgeCallOptions extends Omit<Partial<CallOptions>, "endpoint"> {
  /** Ends the calls, their responses included, when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /**
   * From the call to the last byte of its response, in milliseconds; more than 0.
   * @defaultValue that of the bridge
   */
  readonly timeoutMs?: number | undefined;
  /** The call that the calls are made for: they end when that is given up, and are part of its trace. */
  readonly context?: CallContext | undefined;
}

/** The named form of a positional call: JSON both ways unless it says otherwise, binary content as a stream. */
export function namedCall(call: PositionalCall): EndpointOptions {
  const [serviceName, endpointName, method, endpointPath, data, headers, queryArguments] = call;
  const [pathArguments, requestMediaType, responseMediaType = "application/json"] = call.slice(7) as [
    PositionalCall[7],
    PositionalCall[8],
    PositionalCall[9],
  ];
  return {
    serviceName,
    endpointName,
    method,
    endpointPath,
    data,
    headers,
    queryArguments,
    pathArguments,
    requestMediaType,
    responseMediaType,
    binaryAsStream: true,
  };
}
