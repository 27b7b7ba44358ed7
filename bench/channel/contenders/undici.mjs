import { fetch, Pool } from "undici";

/** @type {import("./index.mjs").Contender} */
export const poolRequest = {
  name: "undici Pool.request",
  open(url, connections) {
    const { origin, pathname: path } = new URL(url);
    const pool = new Pool(origin, { connections, pipelining: 1 });
    return {
      call: async () => (await pool.request({ path, method: "GET" })).body.text(),
      close: () => pool.close(),
    };
  },
};

/** @type {import("./index.mjs").Contender} */
export const poolFetch = {
  name: "undici fetch",
  slow: true,
  open(url, connections) {
    const dispatcher = new Pool(new URL(url).origin, { connections, pipelining: 1 });
    return { call: async () => (await fetch(url, { dispatcher })).text(), close: () => dispatcher.close() };
  },
};
