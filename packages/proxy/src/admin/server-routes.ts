import { duration, section } from "millrace/config";
import { z } from "zod";
import { healthOverrideSchema } from "../config/health-check.js";
import { locateServer, resolveServer, serverPatchSchema, serverSpecSchema } from "../config/server-spec.js";
import { parseServerUrl } from "../config/server-url.js";
import type { Pool } from "../pool/pool.js";
import { PoolRefusal } from "../pool/refusal.js";
import { defaultRemovalMs } from "../pool/removals.js";
import { type AdminParts, settleWrite } from "./parts.js";
import { type Route, route, waitField } from "./route.js";
import { linkView, serverView, showServer } from "./views.js";

const drainQuery = section({
  ...waitField,
  drain: duration('How long requests in flight may go on; "0s" cuts them off.', 0).default(defaultRemovalMs),
});

const listing = {
  description: "Every server.",
  schema: z.object({ servers: z.array(serverView), links: z.array(linkView) }),
};
const one = { description: "The server.", schema: serverView };
const gone = { description: "The server is out of the pool.", schema: z.object({ removed: z.string() }) };
const unknown = { description: "There is no such server." };
const conflict = { description: "The server is there, but different; or several servers fit." };

/** The routes of the pool's servers. */
export function serverRoutes(parts: AdminParts): readonly Route[] {
  const { pool, editor, health } = parts;
  const show = (id: string) => {
    const server = pool.servers.get(id);
    if (!server) throw unknownServer(id);
    return showServer(server, health.health(id));
  };
  const remove = async (id: string, { drain, wait }: z.output<typeof drainQuery>, generation?: number) => {
    const server = await editor.remove(id, drain, { generation });
    const applied = await settleWrite(parts, wait);
    if (drain === 0) return { status: 200, body: { removed: server.url, ...applied } };
    return { status: 202, body: { ...showServer(server, health.health(id)), ...applied } };
  };

  return [
    route({
      method: "GET",
      path: "/servers",
      rel: "servers",
      summary: "Lists the servers of the pool.",
      answers: { 200: listing },
      handle: () => ({
        status: 200,
        body: {
          servers: [...pool.servers.keys()].map(show),
          links: [{ rel: "add", href: "/servers", method: "POST" }],
        },
      }),
    }),
    route({
      method: "POST",
      path: "/servers",
      rel: "add",
      summary: "Adds a server to the pool.",
      query: section(waitField),
      body: serverSpecSchema,
      answers: { 201: one, 200: { ...one, description: "The server was there already." }, 409: conflict },
      async handle({ body, query, generation }) {
        const { server, created } = await editor.add(resolveServer(body), { generation });
        const applied = await settleWrite(parts, query.wait);
        return {
          status: created ? 201 : 200,
          body: { ...showServer(server, health.health(server.id)), ...applied },
        };
      },
    }),
    route({
      method: "GET",
      path: "/servers/{id}",
      rel: "server",
      summary: "Shows a server, by id or by URL.",
      answers: { 200: one, 404: unknown },
      handle: ({ params }) => ({ status: 200, body: show(serverId(params["id"]!)) }),
    }),
    route({
      method: "PATCH",
      path: "/servers/{id}",
      rel: "update",
      summary: "Changes a server's weight or health check, or drains it without removing it.",
      query: section(waitField),
      body: serverPatchSchema,
      answers: { 200: one, 404: unknown },
      async handle({ params, query, body, generation }) {
        const healthCheck =
          body.healthCheck === undefined ? undefined : z.encode(healthOverrideSchema, body.healthCheck ?? {});
        const { id } = await editor.update(serverId(params["id"]!), { ...body, healthCheck }, { generation });
        const applied = await settleWrite(parts, query.wait);
        return { status: 200, body: { ...show(id), ...applied } };
      },
    }),
    route({
      method: "DELETE",
      path: "/servers/{id}",
      rel: "delete",
      summary: "Removes a server, by id or by URL, once its requests are finished.",
      query: drainQuery,
      answers: { 202: { ...one, description: "The server drains." }, 200: gone, 404: unknown },
      handle: ({ params, query, generation }) => remove(serverId(params["id"]!), query, generation),
    }),
    route({
      method: "DELETE",
      path: "/servers/{host}/{port}",
      rel: "delete",
      summary: "Removes a server, by host and port, once its requests are finished.",
      query: drainQuery,
      answers: { 202: { ...one, description: "The server drains." }, 200: gone, 404: unknown, 409: conflict },
      handle: ({ params, query, generation }) =>
        remove(serverAt(pool, params["host"]!, params["port"]!), query, generation),
    }),
  ];
}

/** Takes an id as it is, and a URL for the id of its server. */
function serverId(given: string): string {
  if (!given.includes("://")) return given;
  if (typeof parseServerUrl(given) === "string") throw unknownServer(given);
  return locateServer(given).id;
}

function serverAt({ servers }: Pool, host: string, port: string): string {
  const wanted = host.replace(/^\[|\]$/g, "").toLowerCase();
  const fitting = [...servers.values()].filter(
    (server) => server.host === wanted && String(server.port) === port,
  );
  const [server, another] = fitting;
  if (!server) throw unknownServer(`${host}/${port}`);
  if (another)
    throw new PoolRefusal(
      `several servers fit: ${fitting.map(({ id }) => id).join(", ")}`,
      "ambiguous",
      "host",
    );
  return server.id;
}

function unknownServer(name: string): PoolRefusal {
  return new PoolRefusal(
    `no server ${JSON.stringify(name.slice(0, 256))} in the pool`,
    "unknown-server",
    "id",
  );
}
