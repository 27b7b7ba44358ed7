import { Agent } from "node:http";
import axios from "axios";
import got from "got";
import { getText } from "./node-get.mjs";

/** @typedef {import("./index.mjs").Contender} Contender */

/**
 * Its connections cannot be limited without undici; as many are open as calls are under way.
 *
 * @type {Contender}
 */
export const globalFetch = {
  name: "global fetch",
  slow: true,
  open: (url) => ({ call: async () => (await fetch(url)).text(), close: () => {} }),
};

/** @type {Contender} */
export const nodeHttp = {
  name: "node:http",
  slow: true,
  open(url, connections) {
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    return { call: () => getText(url, agent), close: () => agent.destroy() };
  },
};

/** @type {Contender} */
export const gotClient = {
  name: "got",
  slow: true,
  open(url, connections) {
    const agent = new Agent({ keepAlive: true, maxSockets: connections });
    const client = got.extend({ agent: { http: agent }, retry: { limit: 0 } });
    return { call: () => client.get(url).text(), close: () => agent.destroy() };
  },
};

/** @type {Contender} */
export const axiosClient = {
  name: "axios",
  slow: true,
  open(url, connections) {
    const httpAgent = new Agent({ keepAlive: true, maxSockets: connections });
    const client = axios.create({ httpAgent, responseType: "text", proxy: false });
    return { call: async () => (await client.get(url)).data, close: () => httpAgent.destroy() };
  },
};
