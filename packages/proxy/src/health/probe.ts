import { askHttp, createUrlConnector, type HealthAnswer, type StatusRange } from "millrace/channel";
import { type CallContext, createContext } from "millrace/service";
import { ClientConnection, clientSettings, type HttpRequest, type HttpResponse } from "millrace/wire";

/** One question to one server. */
export interface HealthQuestion {
  /** The server's URL, base path included. */
  readonly url: string;
  /** Path below it; starts with `/`. */
  readonly path: string;
  /** Statuses that pass. */
  readonly expectedStatuses: readonly StatusRange[];
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
  const { host, pathname, search, protocol } = new URL(url + path);
  const question = { path: pathname + search, host, scheme: protocol.slice(0, -1), expectedStatuses };
  try {
    return await askHttp(question, (request) => callOnce(new URL(url), request, context), context);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    return { passed: false, reason: error instanceof Error ? error.message : String(error) };
  } finally {
    context.release();
  }
};

/** Makes a call on a connection of its own, which ends with the head of the response. */
async function callOnce(server: URL, request: HttpRequest, context: CallContext): Promise<HttpResponse> {
  const stream = await createUrlConnector(server).connect(context.signal);
  const connection = new ClientConnection(stream, settings);
  try {
    return await connection.call(request, context);
  } finally {
    connection.destroy();
  }
}
