import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { StatusRange } from "../config/settings.js";
import { includesStatus } from "../config/statuses.js";

/** One question to one server. */
export interface HealthQuestion {
  /** The server's URL, base path included. */
  readonly url: string;
  /** Path below it; starts with `/`. */
  readonly path: string;
  /** Statuses that pass. */
  readonly expectedStatuses: readonly StatusRange[];
}

/** What came of asking. */
export interface HealthAnswer {
  readonly passed: boolean;
  /** The status of the answer, if there was one. */
  readonly status?: number;
  /** Why, for people: `status 200`, `connect ECONNREFUSED 127.0.0.1:1`. */
  readonly reason: string;
}

/**
 * Asks a server whether it is well. A server that does not answer is an answer too: rejects only when
 * `signal` aborts, which must also end all I/O.
 */
export type HealthProbe = (question: HealthQuestion, signal: AbortSignal) => Promise<HealthAnswer>;

/** Asks with a `GET` on a connection of its own, and does not read the body. */
export const httpProbe: HealthProbe = ({ url, path, expectedStatuses }, signal) => {
  const target = new URL(url + path);
  const request = target.protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const headers = { "user-agent": "millrace-health-check", connection: "close" };
    const asking = request(target, { agent: false, headers, signal }, (response) => {
      const status = response.statusCode ?? 0;
      resolve({ passed: includesStatus(expectedStatuses, status), status, reason: `status ${status}` });
      response.destroy();
    });
    asking.on("error", (error) => {
      if (signal.aborted) reject(signal.reason as Error);
      else resolve({ passed: false, reason: error.message });
    });
    asking.end();
  });
};
