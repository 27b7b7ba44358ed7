import { createTcpConnector, openConnectionPool } from "millrace/channel";
import { openHttpChannel } from "millrace/http";
import { createContext } from "millrace/service";
import { emptyBody, Fields } from "millrace/wire";
import { request as undiciRequest } from "undici";
import { getText } from "./node-get.mjs";

/** @typedef {import("./index.mjs").Contender} Contender */

/** @type {Contender} */
export const poolCall = {
  name: "millrace pool, call",
  open(url, connections) {
    const connector = createTcpConnector({ host: "127.0.0.1", port: Number(new URL(url).port) });
    const pool = openConnectionPool({ connector, maxConnections: connections, idleMs: 60_000 });
    return { call: caller(pool, url), close: () => pool.close() };
  },
};

/** @type {Contender} */
export const channelCall = {
  name: "millrace channel, call",
  async open(url, connections) {
    const channel = await openChannel(url, connections);
    return { call: caller(channel, url), close: () => channel.close() };
  },
};

/** @type {Contender} */
export const request = {
  name: "millrace channel, request",
  async open(url, connections) {
    const channel = await openChannel(url, connections);
    const { pathname } = new URL(url);
    const call = async () => (await channel.request("GET", pathname)).body.text();
    return { call, close: () => channel.close() };
  },
};

/** @type {Contender} */
export const fetchFace = {
  name: "millrace channel, fetch",
  async open(url, connections) {
    const channel = await openChannel(url, connections);
    return { call: async () => (await channel.fetch(url)).text(), close: () => channel.close() };
  },
};

/** @type {Contender} */
export const fetchWeb = {
  name: "millrace channel, fetch with toWeb()",
  slow: true,
  async open(url, connections) {
    const channel = await openChannel(url, connections);
    return { call: async () => (await channel.fetch(url)).toWeb().text(), close: () => channel.close() };
  },
};

/** @type {Contender} */
export const dispatcherFace = {
  name: "undici request on a channel's dispatcher",
  slow: true,
  async open(url, connections) {
    const channel = await openChannel(url, connections);
    const dispatcher = /** @type {any} */ (channel.dispatcher);
    const call = async () => (await undiciRequest(url, { dispatcher })).body.text();
    return { call, close: () => channel.close() };
  },
};

/** @type {Contender} */
export const agentFace = {
  name: "node:http on a channel's agent",
  slow: true,
  async open(url, connections) {
    const channel = await openChannel(url, connections);
    return { call: () => getText(url, channel.agent), close: () => channel.close() };
  },
};

/**
 * @param {import("millrace/service").Service<import("millrace/wire").HttpRequest, import("millrace/wire").HttpResponse>} service
 * @param {string} url
 */
function caller(service, url) {
  const { host: authority, pathname: path } = new URL(url);
  const target = /** @type {const} */ ({ form: "origin", path, authority, scheme: "http" });
  return async () => {
    const asked = { method: "GET", target, minorVersion: 1, fields: new Fields(), body: emptyBody };
    const { body } = await service.call(asked, createContext());
    return body.kind === "bytes" ? body.text() : undefined;
  };
}

/** A channel as it is by default, but for connections that are kept as long as the others keep theirs. */
async function openChannel(/** @type {string} */ url, /** @type {number} */ callers) {
  const channel = openHttpChannel(new URL(url).origin, {
    connections: { max: callers, idleMs: 60_000 },
  });
  await channel.whenHealthy();
  return channel;
}
