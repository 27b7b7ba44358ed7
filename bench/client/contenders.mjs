// What is compared: each with its whole configuration, reading the JSON of the answer. All but the bare call
// try again up to four times and have a limit of 10 s. Modules are loaded by whoever uses them: the
// compiler and the garbage of one must not be the burden of another.
import { Agent } from "node:http";

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {(url: string) => Promise<() => Promise<unknown>>} open gives what makes one GET of `url` + {@link path}
 */

const path = "/widgets/7";
const retries = 4;
const limitMs = 10_000;

/** @type {Contender} */
const bare = {
  name: "a bare call of the channel",
  async open(url) {
    const { openChannel } = await import("millrace/channel");
    const { createContext } = await import("millrace/service");
    const { emptyBody, Fields } = await import("millrace/wire");
    const { host } = new URL(url);
    // As the client opens one for each node.
    const channel = openChannel(url, { pool: { wanted: 1 }, retry: false, balance: { outlier: false } });
    await channel.whenHealthy();
    return async () => {
      const fields = Fields.from([
        ["Accept", "application/json"],
        ["User-Agent", "bench/1.0.0"],
      ]);
      const target = { form: /** @type {const} */ ("origin"), path, authority: host, scheme: "http" };
      const request = { method: "GET", target, minorVersion: 1, fields, body: emptyBody };
      const { body } = await channel.call(request, createContext());
      return JSON.parse(body.kind === "bytes" ? body.text() : "null");
    };
  },
};

/** @type {Contender} */
const ours = {
  name: "millrace/client",
  async open(url) {
    const { openClient } = await import("millrace/client");
    const userAgent = { primary: { name: "bench", version: "1.0.0" } };
    const client = await openClient({
      service: "widgets",
      uris: [url],
      userAgent,
      maxRetries: retries,
      requestTimeoutMs: limitMs,
    });
    return () => client.get("/widgets/{id}", { path: { id: 7 } });
  },
};

/** @type {Contender} */
const axiosWithRetry = {
  name: "axios + axios-retry",
  async open(url) {
    const { default: axios } = await import("axios");
    const { default: axiosRetry } = await import("axios-retry");
    const instance = axios.create({ httpAgent: new Agent({ keepAlive: true }), timeout: limitMs });
    axiosRetry(instance, { retries, retryDelay: axiosRetry.exponentialDelay });
    return async () => (await instance.get(url + path)).data;
  },
};

/** @type {Contender} */
const got = {
  name: "got",
  async open(url) {
    const { default: got } = await import("got");
    const instance = got.extend({
      agent: { http: new Agent({ keepAlive: true }) },
      retry: { limit: retries },
      timeout: { request: limitMs },
    });
    return () => instance(url + path).json();
  },
};

/** @type {Contender} */
const ky = {
  name: "ky",
  async open(url) {
    const { default: ky } = await import("ky");
    const instance = ky.create({ retry: retries, timeout: limitMs });
    return () => instance.get(url + path).json();
  },
};

/** @type {readonly Contender[]} */
export const contenders = [bare, ours, axiosWithRetry, got, ky];

/** Who the others are compared with, by name. */
export const references = { bare: bare.name, ours: ours.name };
