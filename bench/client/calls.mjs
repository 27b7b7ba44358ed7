import { Agent } from "node:http";
import axios from "axios";
import axiosRetry from "axios-retry";
import got from "got";
import ky from "ky";
import { createTcpConnector, openConnectionPool } from "millrace/channel";
import { openClient } from "millrace/client";
import { createContext } from "millrace/service";
import { emptyBody, Fields } from "millrace/wire";
import { nanosecondsEach } from "../service/measure.mjs";

const bare = "a bare call of the channel";
const ours = "millrace/client";
const path = "/widgets/7";

/**
 * What one GET of a small JSON answer costs the caller: one after the other, connections kept alive, each
 * client with retries, a limit of time, and the JSON parsed.
 *
 * @param {string} url
 * @param {{ rounds: number, calls: number }} effort
 */
export async function callCosts(url, effort) {
  const pool = openConnectionPool({
    connector: createTcpConnector({ host: "127.0.0.1", port: portOf(url) }),
  });
  const userAgent = { primary: { name: "bench", version: "1.0.0" } };
  const client = await openClient({ service: "widgets", uris: [url], userAgent, requestTimeoutMs: 10_000 });
  const contenders = [
    { name: bare, run: () => bareCall(pool, url) },
    { name: ours, run: () => client.get("/widgets/{id}", { path: { id: 7 } }) },
    { name: "axios + axios-retry", run: axiosCall(url) },
    { name: "got", run: gotCall(url) },
    { name: "ky", run: kyCall(url) },
  ];
  const costs = await nanosecondsEach(contenders, effort);
  await client.close();
  await pool.close();

  const base = costs.get(bare) ?? 0;
  const own = costs.get(ours) ?? 0;
  const rows = Array.from(costs, ([name, ns]) => [
    name,
    micros(ns),
    micros(ns - base),
    `${(ns / own).toFixed(2)} ×`,
  ]);
  const table = {
    title: "CPU of the caller for one GET of a small JSON answer",
    columns: ["client", "µs a call", "over the bare call", "beside millrace/client"],
    rows,
    notes: [
      "One call after the other to node:http in another process, over connections that are kept alive.",
      "All but the bare call try again up to four times and have a limit of 10 s; all parse the JSON.",
    ],
  };
  return { costs, table };
}

/**
 * @param {import("millrace/channel").ConnectionPool} pool
 * @param {string} url
 */
async function bareCall(pool, url) {
  const fields = Fields.from([
    ["Accept", "application/json"],
    ["User-Agent", "bench/1.0.0"],
  ]);
  const target = { form: /** @type {const} */ ("origin"), path, authority: url.slice(7), scheme: "http" };
  const request = { method: "GET", target, minorVersion: 1, fields, body: emptyBody };
  const { body } = await pool.call(request, createContext());
  return JSON.parse(body.kind === "bytes" ? body.text() : "null");
}

/** @param {string} url */
function axiosCall(url) {
  const instance = axios.create({ httpAgent: new Agent({ keepAlive: true }), timeout: 10_000 });
  axiosRetry(instance, { retries: 4, retryDelay: axiosRetry.exponentialDelay });
  return async () => (await instance.get(url + path)).data;
}

/** @param {string} url */
function gotCall(url) {
  const instance = got.extend({
    agent: { http: new Agent({ keepAlive: true }) },
    retry: { limit: 4 },
    timeout: { request: 10_000 },
  });
  return () => instance(url + path).json();
}

/** @param {string} url */
function kyCall(url) {
  const instance = ky.create({ retry: 4, timeout: 10_000 });
  return () => instance.get(url + path).json();
}

/** @param {string} url */
function portOf(url) {
  return Number(new URL(url).port);
}

/** @param {number} ns */
function micros(ns) {
  return (ns / 1_000).toFixed(1);
}
