import { checkDocument, section } from "millrace/config";
import { z } from "zod";
import { choice } from "../config/fields.js";

/** Methods of the admin API. */
export type Method = "GET" | "POST" | "PATCH" | "DELETE";

/** A request that has been checked against its route. */
export interface AdminRequest<Query, Body> {
  /** What the placeholders of the path stand for, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** The generation of the pool that `If-Match` names. */
  readonly generation: number | undefined;
}

/** What a route answers. */
export interface Answer {
  readonly status: number;
  /** An object is sent as JSON, with the pool's revision in it. */
  readonly body: Readonly<Record<string, unknown>> | RawBody;
}

/** A body that is sent as it is. */
export interface RawBody {
  readonly raw: string;
  readonly contentType: string;
}

/** What an answer of some status holds, for the description of the API. */
export interface AnswerDescription {
  readonly description: string;
  readonly schema?: z.ZodType;
}

/** One entry of the route table: the routes, the description of the API and its links all come from it. */
export interface Route<Query extends z.ZodType = z.ZodType, Body extends z.ZodType = z.ZodType> {
  readonly method: Method;
  /** With placeholders in braces: `/servers/{id}`. */
  readonly path: string;
  /** What the route is to whoever follows links. */
  readonly rel: string;
  readonly summary: string;
  /** Without one, query parameters are refused. */
  readonly query?: Query;
  /** Without one, a body is ignored. */
  readonly body?: Body;
  readonly answers: Readonly<Record<number, AnswerDescription>>;
  handle(request: AdminRequest<z.output<Query>, z.output<Body>>): Promise<Answer> | Answer;
}

/** A link as weldr's API has them. */
export interface Link {
  readonly rel: string;
  readonly href: string;
  readonly method: Method | null;
}

/** Adds to a write's query that it may wait for the workers. */
export const waitField = {
  wait: choice("Answer once every worker has applied the change, or after 5 seconds.", [
    "applied",
  ]).optional(),
};

/** Checks requests against what `one` takes, and forgets its types so that it fits into a table. */
export function route<Query extends z.ZodType, Body extends z.ZodType>(one: Route<Query, Body>): Route {
  const { query: querySchema = section({}), body: bodySchema = z.unknown() } = one;
  return {
    ...one,
    handle: ({ query, body, ...rest }) =>
      one.handle({
        ...rest,
        query: checkDocument(querySchema, query) as z.output<Query>,
        body: checkDocument(bodySchema, body) as z.output<Body>,
      }),
  };
}

/** Names of the placeholders in a path. */
export function placeholders(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
}

/** Whether requests to the route carry a body. */
export function hasBody({ method }: Route): boolean {
  return method === "POST" || method === "PATCH";
}
