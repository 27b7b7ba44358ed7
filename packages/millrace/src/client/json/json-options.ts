import type { BodySource } from "../../http/body/content.js";
import type { FieldsInit } from "../../http/fields-from.js";
import type { Query } from "../../http/request/query.js";
import type { CallContext } from "../../service/context.js";
import type { PathNames, PathValue } from "./path-template.js";
import type { StandardSchema } from "./standard-schema.js";

/** What is particular about one call of the JSON face. */
export interface JsonCallOptions {
  /** Values for the parameters of the path. */
  readonly path?: Readonly<Record<string, PathValue>> | undefined;
  /** Parameters of the query. */
  readonly query?: Query | undefined;
  /** Fields of the request. */
  readonly headers?: FieldsInit | undefined;
  /** Content that is sent as JSON. */
  readonly body?: unknown;
  /** Content that is sent as it is, with the type its kind implies; not beside `body`. */
  readonly content?: BodySource | undefined;
  /** Ends the call, its response included, when it aborts. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Longest time from the call to the last byte of its response, with all its attempts, in milliseconds.
   * @defaultValue the service's `request-timeout`
   */
  readonly deadlineMs?: number | undefined;
  /**
   * Retries; a whole number of at least 0.
   * @defaultValue the service's `max-num-retries`
   */
  readonly retries?: number | undefined;
  /**
   * Whether the request may reach the server twice.
   * @defaultValue what the client's idempotency rule says of the method
   */
  readonly idempotent?: boolean | undefined;
  /**
   * Name of what is called, for metrics, traces and limits.
   * @defaultValue method and template: `GET /widgets/{id}`
   */
  readonly endpoint?: string | undefined;
  /** The call that this one is made for: it ends when that is given up, and shares its attachments. */
  readonly context?: CallContext | undefined;
  /**
   * Longest content of a response to collect, in bytes.
   * @defaultValue Infinity
   */
  readonly maxBytes?: number | undefined;
}

/** {@link JsonCallOptions}, where the template says which values its path needs. */
export type JsonOptions<Template extends string> = [PathNames<Template>] extends [never]
  ? JsonCallOptions
  : JsonCallOptions & { readonly path: Readonly<Record<PathNames<Template>, PathValue>> };

/** The options of a call; they may be left out when the path needs no values. */
export type JsonArguments<Template extends string> = [PathNames<Template>] extends [never]
  ? [options?: JsonCallOptions]
  : [options: JsonOptions<Template>];

/** {@link JsonOptions} with a schema that the answer must fit. */
export type CheckedOptions<Template extends string, Schema extends StandardSchema> = JsonOptions<Template> & {
  /** What the answer must be: a schema of Zod, Valibot, ArkType or any other that speaks Standard Schema. */
  readonly schema: Schema;
};
