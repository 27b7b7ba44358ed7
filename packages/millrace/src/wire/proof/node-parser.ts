import { createServer, type IncomingMessage, request as nodeRequest } from "node:http";
import { Duplex } from "node:stream";

/** What Node's own parser finds in the bytes of a client. */
export interface NodeServed {
  readonly requests: readonly NodeRequest[];
  /** Code of the error it ended with. */
  readonly error: string | undefined;
}

/** A request as Node saw it. */
export interface NodeRequest {
  readonly method: string;
  readonly url: string;
  readonly fields: readonly string[];
  readonly body: string;
  readonly trailers: readonly string[];
}

/** Feeds clients' bytes to one `node:http` server, without a socket. */
export class NodeServer {
  readonly #server = createServer({ maxHeaderSize: 256 * 1024, keepAliveTimeout: 0 });
  /** In the order of their heads; undefined until the content has come whole. */
  #requests: (NodeRequest | undefined)[] = [];
  #error: string | undefined;

  constructor() {
    const server = this.#server;
    server.maxHeadersCount = 0;
    server.on("request", (request, response) => void this.#take(request).then(() => response.end()));
    server.on("connect", (request: IncomingMessage, socket: Duplex) => {
      this.#requests.push(toRequest(request, ""));
      socket.destroy();
    });
    // Not closed here: requests that came before still have to be read.
    server.on("clientError", (error: NodeJS.ErrnoException) => {
      this.#error ??= error.code ?? error.message;
    });
  }

  /** Says what the server finds in `input`. */
  async judge(input: Buffer): Promise<NodeServed> {
    this.#requests = [];
    this.#error = undefined;
    const output: Buffer[] = [];
    const duplex = memoryDuplex(output);
    this.#server.emit("connection", duplex);
    duplex.push(input);
    await rest();
    duplex.destroy();
    // A request without Host is refused by the server, above its parser.
    const refusal = /HTTP\/1\.1 (4[0-9]{2}) /.exec(Buffer.concat(output).toString("latin1"));
    this.#error ??= refusal?.[1];
    const requests = this.#requests.filter((request) => request !== undefined);
    return { requests, error: this.#error };
  }

  async #take(request: IncomingMessage): Promise<void> {
    const requests = this.#requests;
    const place = requests.push(undefined) - 1;
    const body = await textOf(request);
    if (body !== undefined) requests[place] = toRequest(request, body);
  }
}

/** What Node's own client makes of the bytes of a server. */
export interface NodeAnswered {
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly fields: readonly string[];
  /** Undefined when it did not come whole. */
  readonly body: string | undefined;
  readonly trailers: readonly string[];
  readonly error: string | undefined;
}

/** Has `node:http` take `input` as the answer to one request. */
export async function nodeAnswered(input: Buffer, method: string, ends: boolean): Promise<NodeAnswered> {
  let answer: NodeAnswered = {
    status: undefined,
    reason: undefined,
    fields: [],
    body: undefined,
    trailers: [],
    error: undefined,
  };
  const duplex = memoryDuplex([]);
  const request = nodeRequest({ method, maxHeaderSize: 256 * 1024, createConnection: () => duplex as never });
  request.maxHeadersCount = 0;
  request.on("error", (error: NodeJS.ErrnoException) => {
    answer = { ...answer, error: error.code ?? error.message };
  });
  request.on("response", (response: IncomingMessage) => {
    const head = {
      status: response.statusCode,
      reason: response.statusMessage,
      fields: pairs(response.rawHeaders),
    };
    answer = { ...answer, ...head };
    void textOf(response).then((body) => {
      if (response.complete) answer = { ...answer, body, trailers: pairs(response.rawTrailers) };
    });
  });
  request.end();
  await rest();
  duplex.push(input);
  if (ends) duplex.push(null);
  await rest();
  duplex.destroy();
  await rest();
  return answer;
}

function memoryDuplex(output: Buffer[]): Duplex {
  const duplex = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      output.push(chunk);
      done();
    },
  });
  // What node:http asks of a socket.
  const socket = {
    setTimeout: () => duplex,
    setNoDelay: () => duplex,
    setKeepAlive: () => duplex,
    ref() {},
    unref() {},
  };
  return Object.assign(
    duplex.on("error", () => {}),
    socket,
  );
}

/** Content as latin1; undefined when it breaks off. */
async function textOf(message: IncomingMessage): Promise<string | undefined> {
  let text = "";
  try {
    for await (const chunk of message as AsyncIterable<Buffer>) text += chunk.toString("latin1");
  } catch {
    return undefined;
  }
  return message.complete ? text : undefined;
}

function toRequest(request: IncomingMessage, body: string): NodeRequest {
  const { method = "", url = "", rawHeaders, rawTrailers } = request;
  return { method, url, fields: pairs(rawHeaders), body, trailers: pairs(rawTrailers) };
}

function pairs(raw: readonly string[]): string[] {
  const found: string[] = [];
  for (let at = 0; at < raw.length; at += 2) found.push(`${raw[at]!}: ${raw[at + 1]!}`);
  return found;
}

/** Lets Node's streams come to rest. */
async function rest(): Promise<void> {
  for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
}
