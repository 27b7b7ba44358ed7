import { Sweeper } from "../../base/sweeper.js";
import { CallControl } from "../../service/context.js";
import { createMemoryPair, type MemoryStreamOptions } from "../../testing/memory-stream.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { ClientConnection } from "../h1/client-connection.js";
import { type ClientConnectionOptions, clientSettings } from "../h1/client-settings.js";
import { emptyBody, readAll } from "../http/body.js";
import { Fields } from "../http/fields.js";
import type { HttpRequest, InterimResponse } from "../http/message.js";
import type { ByteStream } from "../stream/byte-stream.js";
import { RawPeer } from "./raw-peer.js";
import { lines } from "./server-side.js";

/** A request in origin form to `example.test`. */
export function requestTo(path: string, parts: Partial<HttpRequest> = {}): HttpRequest {
  return {
    method: "GET",
    target: { form: "origin", path, authority: "example.test", scheme: "http" },
    minorVersion: 1,
    fields: new Fields(),
    body: emptyBody,
    ...parts,
  };
}

/** A client connection in memory, on a clock of its own, with the server in the test's hands. */
export function callInMemory(
  options: ClientConnectionOptions & {
    readonly stream?: MemoryStreamOptions;
    readonly serve?: ByteStream["serve"];
  } = {},
) {
  const clock = new VirtualClock();
  const sweeper = new Sweeper({ clock });
  const [near, far] = createMemoryPair(options.stream);
  if (options.serve) Object.assign(near, { serve: options.serve });
  const heard = { idle: 0, closed: 0 };
  const owner = {
    connectionIdle: () => void (heard.idle += 1),
    connectionClosed: () => void (heard.closed += 1),
  };
  const connection = new ClientConnection(near, clientSettings({ clock, sweeper, ...options }), owner);
  const server = new RawPeer(far);
  return { clock, sweeper, near, heard, connection, server };
}

/** What a client made of a server's bytes. */
export interface Answered {
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly fields: readonly string[];
  readonly body: string | undefined;
  readonly trailers: readonly string[];
  readonly interims: readonly number[];
  /** The rule of a refusal, the code of another failure. */
  readonly failure: string | undefined;
  /** Whether the connection takes another call. */
  readonly reusable: boolean;
  /** Bytes of an upgraded stream. */
  readonly tunnelled: string | undefined;
}

/** Has a client connection take `input` as the answer to one request, and says what it made of it. */
export async function answerBytes(
  input: Uint8Array,
  options: ClientConnectionOptions & {
    readonly readBytes?: (() => number) | undefined;
    readonly method?: string;
    readonly upgrade?: string | undefined;
    /** Whether the server closes after its bytes. @defaultValue false */
    readonly ends?: boolean;
  } = {},
): Promise<Answered> {
  const { readBytes, method = "GET", upgrade, ends = false, ...rest } = options;
  const side = callInMemory({ ...rest, stream: { readBytes, capacityBytes: Infinity } });
  const interims: number[] = [];
  const onInterim = ({ status }: InterimResponse) => void interims.push(status);
  const call = side.connection.call(requestTo("/", { method, upgrade, onInterim }), new CallControl());
  const answer = takeAnswer(call);
  side.server.send(input);
  if (ends) side.server.stream.end();
  await side.clock.advance(0);
  const reusable = side.connection.ready;
  side.connection.destroy();
  return { ...(await answer), interims, reusable };
}

async function takeAnswer(call: ReturnType<ClientConnection["call"]>) {
  const none = {
    status: undefined,
    reason: undefined,
    fields: [],
    body: undefined,
    trailers: [],
    tunnelled: undefined,
  };
  try {
    const { status, reason, fields, body, stream } = await call;
    const head = { status, reason, fields: lines(fields) };
    if (stream) return { ...none, ...head, failure: undefined, tunnelled: new RawPeer(stream as never).text };
    try {
      const content = Buffer.from(await readAll(body)).toString("latin1");
      const trailers = body.kind === "stream" && body.trailers ? lines(body.trailers) : [];
      return { ...none, ...head, body: content, trailers, failure: undefined };
    } catch (error) {
      return { ...none, ...head, failure: failureOf(error) };
    }
  } catch (error) {
    return { ...none, failure: failureOf(error) };
  }
}

/** The rule that an error says was broken, or else its code. */
export function failureOf(error: unknown): string {
  const { rule, code, message } = error as { rule?: string; code?: string; message?: string };
  return rule ?? code ?? String(message);
}
