import { version } from "../version.js";
import { describeApi } from "./openapi.js";
import type { AdminParts } from "./parts.js";
import { type Link, type Route, route } from "./route.js";

/** The routes that tell of the API itself, and whether the proxy is alive. `all` is the whole table. */
export function systemRoutes(
  { fleet, pool, records }: AdminParts,
  all: () => readonly Route[],
): readonly Route[] {
  return [
    route({
      method: "GET",
      path: "/",
      rel: "self",
      summary: "Lists where to go.",
      answers: { 200: { description: "Links." } },
      handle: () => ({
        status: 200,
        body: { about: "Millrace admin API", version, links: all().filter(isFixed).map(linkTo) },
      }),
    }),
    route({
      method: "GET",
      path: "/healthz",
      rel: "health",
      summary: "Answers as long as the manager does.",
      answers: { 200: { description: "The manager is alive." } },
      handle: () => ({ status: 200, body: { status: "ok" } }),
    }),
    route({
      method: "GET",
      path: "/readyz",
      rel: "readiness",
      summary: "Tells whether connections are accepted.",
      answers: {
        200: { description: "They are." },
        503: { description: "They are not: starting, or stopping; or no certificate is valid." },
      },
      handle: () => {
        const servers = [...pool.servers.values()];
        const able = servers.filter(({ healthy, duty }) => healthy && duty.state === "serving").length;
        const ready = fleet.accepting && records.usable;
        return {
          status: ready ? 200 : 503,
          body: { status: ready ? "ready" : "not ready", servers: { total: servers.length, able } },
        };
      },
    }),
    route({
      method: "GET",
      path: "/openapi.json",
      rel: "description",
      summary: "Describes this API.",
      answers: { 200: { description: "An OpenAPI 3.1 document." } },
      handle: () => {
        const raw = `${JSON.stringify(describeApi(all()), null, 2)}\n`;
        return { status: 200, body: { raw, contentType: "application/json; charset=utf-8" } };
      },
    }),
  ];
}

function isFixed({ method, path }: Route): boolean {
  return method === "GET" && !path.includes("{");
}

function linkTo({ rel, path }: Route): Link {
  return { rel, href: path, method: null };
}
