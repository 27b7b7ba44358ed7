import { createServer, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import express from "express";
import { fastify } from "fastify";
import { fromFunction } from "../../../service/from-function.js";
import { createServer as createWireServer } from "../../../wire/h1/server.js";
import { BytesBody } from "../../../wire/http/body.js";
import { Fields } from "../../../wire/http/fields.js";
import type { HttpRequest } from "../../../wire/http/message.js";
import { conjureErrors } from "./conjure-errors.js";
import type { ErrorAnswerOptions } from "./error-answer.js";
import { conjureExpress } from "./express.js";
import { conjureFastify } from "./fastify.js";
import { conjureListener } from "./node-http.js";

/** Answers the requests of a test with text, or throws. */
export type TestHandler = (path: string) => string | Promise<string>;

/** A listening server. */
export interface TestServer {
  readonly url: URL;
  close(): Promise<void>;
}

/** The servers that have an adapter, by name: each serves a handler on a port of its own. */
export const servers: Record<
  string,
  (handler: TestHandler, options?: ErrorAnswerOptions) => Promise<TestServer>
> = {
  "node:http": (handler, options) =>
    listening(
      createServer(
        conjureListener(async (request, response) => {
          for (const [name, value] of forSuccess) response.setHeader(name, value);
          response.end(await handler(request.url ?? ""));
        }, options),
      ),
    ),

  express: (handler, options) => {
    const app = express();
    app.get("/{*rest}", async (request, response) => {
      response.set(Object.fromEntries(forSuccess));
      response.send(await handler(request.path));
    });
    app.use(conjureExpress(options));
    return listening(createServer(app));
  },

  fastify: async (handler, options) => {
    const app = fastify();
    app.setErrorHandler(conjureFastify(options));
    app.get("/*", async (request, reply) => {
      reply.headers(Object.fromEntries(forSuccess));
      return await handler(request.url);
    });
    return { url: new URL(await app.listen({ port: 0, host: "127.0.0.1" })), close: () => app.close() };
  },

  "millrace/wire": async (handler, options) => {
    const service = fromFunction(async ({ target }: HttpRequest) => {
      const body = BytesBody.ofText(await handler(target.path));
      return { status: 200, reason: "OK", fields: new Fields(), body };
    });
    const listener = createTcpServer();
    const server = createWireServer(conjureErrors(options)(service));
    server.attach(listener);
    await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
    return { url: urlOf(listener.address()), close: () => server.close(1_000) };
  },
};

/** What a handler says of its answer before it throws, and one field that stays. */
const forSuccess = [
  ["Content-Encoding", "identity"],
  ["Cache-Control", "public, max-age=3600"],
  ["Content-Security-Policy", "default-src 'none'"],
] as const;

async function listening(server: Server): Promise<TestServer> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { url: urlOf(server.address()), close };
}

function urlOf(address: AddressInfo | string | null): URL {
  return new URL(`http://127.0.0.1:${(address as AddressInfo).port}`);
}
