import { createUrlConnector } from "millrace/channel";
import { type CallContext, createContext } from "millrace/service";
import { ClientConnection, clientSettings, emptyBody, Fields, type HttpRequest } from "millrace/wire";
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

/** Shared by all probes: their time limit is the caller's signal. */
const settings = clientSettings();

/** Asks with a `GET` on a connection of its own, and does not read the body. */
export const httpProbe: HealthProbe = async ({ url, path, expectedStatuses }, signal) => {
  const context = createContext({ signal });
  try {
    const status = await askStatus(new URL(url + path), context);
    return { passed: includesStatus(expectedStatuses, status), status, reason: `status ${status}` };
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return { passed: false, reason: error instanceof Error ? error.message : String(error) };
  } finally {
    context.release();
  }
};

async function askStatus(target: URL, context: CallContext): Promise<number> {
  const stream = await createUrlConnector(target).connect(context.signal);
  const connection = new ClientConnection(stream, settings);
  try {
    const response = await connection.call(probeRequest(target), context);
    if (response.body.kind === "stream") response.body.cancel();
    return response.status;
  } finally {
    connection.destroy();
  }
}

function probeRequest({ host, pathname, search, protocol }: URL): HttpRequest {
  return {
    method: "GET",
    target: { form: "origin", path: pathname + search, authority: host, scheme: protocol.slice(0, -1) },
    minorVersion: 1,
    fields: Fields.from([["User-Agent", "millrace-health-check"]]),
    body: emptyBody,
  };
}
