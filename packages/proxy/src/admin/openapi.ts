import { z } from "zod";
import { version } from "../version.js";
import { hasBody, placeholders, type Route } from "./route.js";

type JsonObject = Readonly<Record<string, unknown>>;

const errorView = z.object({
  error: z.string().meta({ description: "What kind of error, for programs." }),
  message: z.string().meta({ description: "What went wrong, for people." }),
  field: z.string().optional().meta({ description: "The part of the request that is at fault." }),
});

/** Describes the admin API in OpenAPI 3.1, from the very table that serves it. */
export function describeApi(routes: readonly Route[]): JsonObject {
  const paths = new Map<string, Record<string, unknown>>();
  for (const route of routes) {
    const operations = paths.get(route.path) ?? {};
    operations[route.method.toLowerCase()] = describeRoute(route);
    paths.set(route.path, operations);
  }
  return {
    openapi: "3.1.0",
    info: { title: "Millrace admin API", version, license: { name: "Apache-2.0", identifier: "Apache-2.0" } },
    paths: Object.fromEntries(paths),
  };
}

function describeRoute(route: Route): JsonObject {
  const { method, path, summary, query, body } = route;
  const operationId = `${method.toLowerCase()}${path.replace(/\W+(\w)?/g, (_, next: string = "") => next.toUpperCase())}`;
  return {
    operationId,
    summary,
    parameters: [...placeholders(path).map(pathParameter), ...queryParameters(query)],
    ...(body && hasBody(route)
      ? {
          requestBody: {
            required: true,
            content: { "application/json": { schema: toSchema(body, "input") } },
          },
        }
      : {}),
    responses: {
      ...Object.fromEntries(
        Object.entries(route.answers).map(([status, answer]) => [status, describeAnswer(answer)]),
      ),
      default: describeAnswer({ description: "The request was refused.", schema: errorView }),
    },
  };
}

function describeAnswer({ description, schema }: Route["answers"][number]): JsonObject {
  if (!schema) return { description };
  return { description, content: { "application/json": { schema: toSchema(schema, "input") } } };
}

function pathParameter(name: string): JsonObject {
  return { name, in: "path", required: true, schema: { type: "string" } };
}

function queryParameters(query: z.ZodType | undefined): readonly JsonObject[] {
  const { properties = {} } = query ? toSchema(query, "input") : {};
  return Object.entries(properties as JsonObject).map(([name, schema]) => ({ name, in: "query", schema }));
}

function toSchema(schema: z.ZodType, io: "input" | "output"): JsonObject {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}
