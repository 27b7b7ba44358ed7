import type { Socket } from "node:net";
import { type FastifyInstance, type FastifyReply, type FastifyRequest, fastify } from "fastify";
import type { Address } from "../config/address.js";
import { AdminRefusal, toFault } from "./errors.js";
import { guardRequest } from "./guard.js";
import type { AdminParts } from "./parts.js";
import { type Answer, hasBody, type Route } from "./route.js";
import { adminRoutes } from "./routes.js";
import { generationOf, tagOf } from "./tags.js";

const bodyLimitBytes = 1_048_576;

/** Makes the admin API, listening nowhere yet. `listening` is where it is going to. */
export function createAdminApp(parts: AdminParts, listening: Address): FastifyInstance {
  const app = fastify({
    bodyLimit: bodyLimitBytes,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 4_096 },
    clientErrorHandler: refuseUnreadable,
    frameworkErrors: (error, _request, reply) => void sendFault(parts, error, reply as FastifyReply),
  });
  const routes = adminRoutes(parts);
  acceptAnyBody(app);
  app.addHook("onRequest", async ({ raw }) => guardRequest(raw.headers, listening));
  for (const route of routes) addRoute(app, parts, route);
  app.setErrorHandler((error, _request, reply) => sendFault(parts, error, reply));
  app.setNotFoundHandler(({ method, url }) => {
    throw notFound(routes, method, url);
  });
  return app;
}

/** `curl -d` calls everything a form. Here everything is JSON. */
function acceptAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addHook("onRequest", async ({ raw }) => {
    raw.headers["content-type"] = "application/json";
  });
  app.addContentTypeParser(
    "application/json",
    { parseAs: "string" },
    async (_request: FastifyRequest, text: string) => {
      try {
        return text === "" ? undefined : (JSON.parse(text) as unknown);
      } catch (error) {
        throw new AdminRefusal({
          status: 400,
          error: "invalid",
          message: `the body is not JSON: ${String(error)}`,
          field: "",
        });
      }
    },
  );
}

function addRoute(app: FastifyInstance, parts: AdminParts, route: Route): void {
  app.route({
    method: route.method,
    url: route.path.replace(/\{(\w+)\}/g, ":$1"),
    async handler({ params, query, body, headers }, reply) {
      const answer = await route.handle({
        params: params as Readonly<Record<string, string>>,
        query: { ...(query as object) },
        body: hasBody(route) && body === undefined ? {} : body,
        generation: generationOf(parts.pool, headers["if-match"]),
      });
      return send(parts, reply, answer);
    },
  });
}

function send({ pool }: AdminParts, reply: FastifyReply, { status, body }: Answer): FastifyReply {
  reply.code(status).header("millrace-revision", pool.revision).header("etag", tagOf(pool));
  if ("raw" in body && "contentType" in body) return reply.type(String(body.contentType)).send(body.raw);
  return sendJson(reply, { ...body, revision: pool.revision });
}

function sendFault({ log, pool }: AdminParts, cause: unknown, reply: FastifyReply): FastifyReply {
  const { status, allow, ...body } = toFault(cause);
  if (allow) reply.header("allow", allow.join(", "));
  if (status >= 500) log.error({ err: cause }, "a request to the admin API failed");
  if (status === 503) reply.header("retry-after", 1);
  return sendJson(reply.code(status).header("millrace-revision", pool.revision), body);
}

/** Statuses of what Node's parser refuses by these codes. */
const unreadableStatuses = new Map([
  ["HPE_HEADER_OVERFLOW", "431 Request Header Fields Too Large"],
  ["ERR_HTTP_REQUEST_TIMEOUT", "408 Request Timeout"],
]);

/** Answers what is no HTTP that anybody could route, in the form of every refusal, and closes. */
function refuseUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const status = unreadableStatuses.get(error.code ?? "") ?? "400 Bad Request";
  const message = `the request could not be read: ${error.message}`;
  const body = `${JSON.stringify({ error: "bad-request", message }, null, 2)}\n`;
  const fields = `Content-Type: application/json; charset=utf-8\r\nContent-Length: ${Buffer.byteLength(body)}`;
  socket.end(`HTTP/1.1 ${status}\r\n${fields}\r\nConnection: close\r\n\r\n${body}`);
}

function sendJson(reply: FastifyReply, body: object): FastifyReply {
  return reply.type("application/json; charset=utf-8").send(`${JSON.stringify(body, null, 2)}\n`);
}

function notFound(routes: readonly Route[], method: string, url: string): AdminRefusal {
  const [path = ""] = url.split("?");
  const methods = routes.filter((route) => pattern(route.path).test(path)).map((route) => route.method);
  if (methods.length === 0) {
    return new AdminRefusal({
      status: 404,
      error: "not-found",
      message: "nothing is here; GET / lists what is",
    });
  }
  const allow = [...new Set(methods)];
  const message = `${method} is not possible here, but ${allow.join(", ")}`;
  return new AdminRefusal({ status: 405, error: "method-not-allowed", message, allow });
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replace(/\{\w+\}/g, "[^/]+")}$`);
}
