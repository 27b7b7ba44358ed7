import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { connect, createServer, type Socket } from "node:net";
import { createDeferred } from "../../base/deferred.js";

/** What was answered. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  // biome-ignore lint/suspicious/noExplicitAny: tests look into what they asked for.
  readonly body: any;
}

/** Makes one request, on a connection of its own unless an agent is given. */
export function get(target: number | string, path = "/", agent?: Agent): Promise<Answer> {
  const where = typeof target === "number" ? { host: "127.0.0.1", port: target } : { socketPath: target };
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ ...where, path, agent: agent ?? new Agent({ keepAlive: false }) });
    sent.once("error", reject);
    sent.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.once("error", reject);
      response.once("end", () => {
        const { statusCode: status = 0, headers } = response;
        resolve({ status, headers, body: JSON.parse(text) });
      });
    });
    sent.end();
  });
}

/** Requests in a row on one kept connection, until it is told to stop. */
export interface Load extends AsyncDisposable {
  /** How many were answered, by the release that answered. */
  readonly answers: ReadonlyMap<string, number>;
  readonly failures: readonly unknown[];
  /** Settles when the load has stopped. */
  stop(): Promise<void>;
}

/** Makes requests all the time: half of the callers keep their connections, half make a new one each time. */
export function startLoad(target: number | string, callers = 4, path: () => string = () => "/"): Load {
  const answers = new Map<string, number>();
  const failures: unknown[] = [];
  let stopped = false;
  const call = async (kept: boolean) => {
    const agent = new Agent({ keepAlive: kept, maxSockets: 1 });
    while (!stopped) {
      try {
        const { body } = await get(target, path(), agent);
        answers.set(body.release, (answers.get(body.release) ?? 0) + 1);
      } catch (error) {
        failures.push(error);
      }
    }
    agent.destroy();
  };
  const running = Promise.all(Array.from({ length: callers }, (_, index) => call(index % 2 === 0)));
  const stop = async () => {
    stopped = true;
    await running;
  };
  return { answers, failures, stop, [Symbol.asyncDispose]: stop };
}

/** Sends `text`, ends its half, and gives everything that comes back. */
export function exchange(target: number | string, text: string): Promise<string> {
  const done = createDeferred<string>();
  const socket: Socket = typeof target === "number" ? connect(target, "127.0.0.1") : connect(target);
  let back = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => (back += chunk));
  socket.once("error", done.reject);
  socket.once("end", () => done.resolve(back));
  socket.once("connect", () => socket.end(text));
  return done.promise;
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const held = createServer();
  await new Promise<void>((resolve) => held.listen(0, "127.0.0.1", resolve));
  const { port } = held.address() as { port: number };
  await new Promise((resolve) => held.close(resolve));
  return port;
}
