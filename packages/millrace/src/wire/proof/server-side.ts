import { Sweeper } from "../../base/sweeper.js";
import type { CallContext } from "../../service/context.js";
import type { Service } from "../../service/service.js";
import { createMemoryPair, type MemoryStreamOptions } from "../../testing/memory-stream.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import type { Exchange } from "../h1/exchange.js";
import type { ProtocolError } from "../h1/protocol-error.js";
import { ServerConnection } from "../h1/server-connection.js";
import { type ServerConnectionOptions, serverSettings } from "../h1/server-settings.js";
import { type Body, emptyBody, readAll } from "../http/body.js";
import { Fields } from "../http/fields.js";
import type { HttpRequest, HttpResponse } from "../http/message.js";
import { reasonOf } from "../http/status.js";
import { RawPeer } from "./raw-peer.js";

/** Answers the requests of a test. */
export type Handler = (request: HttpRequest, context: CallContext) => HttpResponse | Promise<HttpResponse>;

/** Makes a service of a function, as ready as can be. */
export function serviceOf(handle: Handler): Service<HttpRequest, HttpResponse> {
  return {
    ready: true,
    whenReady: () => Promise.resolve(),
    call: async (request, context) => handle(request, context),
  };
}

/** A response with the usual reason. */
export function respond(status: number, body: Body = emptyBody, fields = new Fields()): HttpResponse {
  return { status, reason: reasonOf(status), fields, body };
}

/** A server connection in memory, on a clock of its own, with the client in the test's hands. */
export function serveInMemory(
  handle: Handler | Service<HttpRequest, HttpResponse>,
  options: ServerConnectionOptions & {
    readonly stream?: MemoryStreamOptions;
    /** Of the client's end. @defaultValue those of `stream` */
    readonly farStream?: MemoryStreamOptions;
  } = {},
) {
  const clock = new VirtualClock();
  const sweeper = new Sweeper({ clock });
  const refused: ProtocolError[] = [];
  const exchanges: Exchange[] = [];
  let closed = 0;
  const observer = {
    exchangeEnded: (exchange: Exchange) => void exchanges.push(exchange),
    requestRefused: (error: ProtocolError) => void refused.push(error),
  };
  const [near, far] = createMemoryPair(options.stream, options.farStream);
  const settings = serverSettings({ clock, sweeper, observer, ...options });
  const service = typeof handle === "function" ? serviceOf(handle) : handle;
  const connection = new ServerConnection(near, service, settings, () => (closed += 1));
  const client = new RawPeer(far);
  return {
    clock,
    sweeper,
    refused,
    exchanges,
    near,
    connection,
    client,
    get closed() {
      return closed;
    },
  };
}

/** What a server made of a client's bytes. */
export interface Served {
  readonly requests: readonly SeenRequest[];
  readonly rule: string | undefined;
  /** Statuses of final responses, in order. */
  readonly statuses: readonly number[];
  /** Whether the server takes no more requests. */
  readonly over: boolean;
  /** Whether the bytes end within a request. */
  readonly unfinished: boolean;
}

/** A request as a service saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly authority: string;
  readonly version: number;
  readonly fields: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
}

/** Has a server connection judge `input`, arriving in reads of `readBytes`, and says what it did. */
export async function serveBytes(
  input: Uint8Array,
  options: ServerConnectionOptions & { readonly readBytes?: () => number } = {},
): Promise<Served> {
  const requests: SeenRequest[] = [];
  const { readBytes, ...rest } = options;
  const side = serveInMemory(
    async (request) => {
      const body = Buffer.from(await readAll(request.body)).toString("latin1");
      requests.push(seenRequest(request, body));
      return respond(200);
    },
    // The client reads at once: one that takes a refusal byte by byte while it sends on may lose it.
    { ...rest, stream: { readBytes, capacityBytes: Infinity }, farStream: { capacityBytes: Infinity } },
  );
  side.client.send(input);
  await side.clock.advance(0);
  const statuses = finalStatuses(side.client.text);
  const { over } = side.client;
  const rule = side.refused[0]?.rule;
  if (!over) {
    side.client.stream.end();
    await side.clock.advance(0);
  }
  const unfinished = !over && (side.refused.length > 0 || side.exchanges.length > requests.length);
  side.connection.destroy();
  return { requests, rule, statuses, over, unfinished };
}

/** A request in plain values. */
function seenRequest(request: HttpRequest, body: string): SeenRequest {
  const trailers = request.body.kind === "stream" ? request.body.trailers : undefined;
  return {
    method: request.method,
    path: request.target.path,
    authority: request.target.authority,
    version: request.minorVersion,
    fields: lines(request.fields),
    body,
    trailers: trailers ? lines(trailers) : [],
  };
}

/** Field lines in plain text. */
export function lines(fields: Fields): string[] {
  return Array.from(fields, ([name, value]) => `${name}: ${value}`);
}

/** The final statuses of responses without content, or with content that looks like no status line. */
export function finalStatuses(output: string): number[] {
  const found = [...output.matchAll(/HTTP\/1\.1 ([0-9]{3}) [^\r]*\r\n/g)].map((match) => Number(match[1]));
  return found.filter((status) => status >= 200);
}
