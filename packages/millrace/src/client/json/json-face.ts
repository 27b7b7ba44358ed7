import type { Answer } from "../../http/request/requester.js";
import type { CheckedOptions, JsonArguments } from "./json-options.js";
import type { SchemaOutput, StandardSchema } from "./standard-schema.js";

/**
 * Calls one method: path template and options to what the JSON of the answer says; `undefined` for an
 * answer without content. With a `schema` the answer is checked, and what the schema makes of it is given;
 * without, its type is the caller's claim.
 *
 * @throws RemoteError, from the call, when the server answers with anything but 2xx
 * @throws MillraceError `protocol`, from the call, when the answer is no JSON or does not fit its schema
 * @throws MillraceError `invalid-options`, from the call, when the request cannot be made of the options
 * @throws MillraceError of other codes, from the call, when there is no answer; `unsent` says whether the
 * server can have seen the request
 */
export interface JsonMethod {
  <const Template extends string, Schema extends StandardSchema>(
    template: Template,
    options: CheckedOptions<Template, Schema>,
  ): Promise<SchemaOutput<Schema>>;
  <Result = unknown, const Template extends string = string>(
    template: Template,
    ...options: JsonArguments<Template>
  ): Promise<Result>;
}

/** A service as an object with a method for each HTTP method. */
export interface JsonFace {
  /** Makes a `GET`. */
  readonly get: JsonMethod;
  /** Makes a `POST`. */
  readonly post: JsonMethod;
  /** Makes a `PUT`. */
  readonly put: JsonMethod;
  /** Makes a `PATCH`. */
  readonly patch: JsonMethod;
  /** Makes a `DELETE`. */
  readonly delete: JsonMethod;
  /**
   * Makes a call like the others, and gives the whole answer with its fields; its content is for the caller
   * to read or discard. Anything but 2xx is still a `RemoteError`.
   */
  request<const Template extends string>(
    method: string,
    template: Template,
    ...options: JsonArguments<Template>
  ): Promise<Answer>;
}
