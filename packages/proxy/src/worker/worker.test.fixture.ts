import { once } from "node:events";
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type RequestOptions,
} from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { Scope } from "millrace/base";
import { bindHandle, boundAddress } from "millrace/handoff";
import { defaultSettings } from "../config/defaults.js";
import type { ProxySettings } from "../config/settings.js";
import type { Change, ListenerRecord, ServerRecord, WorkerMessage } from "../ipc/messages.js";
import type { WorkerReport } from "../ipc/report.js";
import { Worker } from "./worker.js";

type Settings = { readonly [Section in keyof ProxySettings]?: Partial<ProxySettings[Section]> };

/** The default settings with changes in some of their sections. */
export function settingsWith(changes: Settings): ProxySettings {
  const sections = Object.entries(changes).map(([name, value]) => [
    name,
    typeof value === "object"
      ? { ...(defaultSettings[name as keyof ProxySettings] as object), ...value }
      : value,
  ]);
  return { ...defaultSettings, ...(Object.fromEntries(sections) as Partial<ProxySettings>) };
}

/** A server as the manager describes it; its id is its URL. */
export function record(url: string, parts: Partial<ServerRecord> = {}): ServerRecord {
  return { id: url, url, weight: 1, healthy: true, draining: false, ...parts };
}

/** A worker in this process that accepts on a port of its own, in the hands of a test as its manager. */
export async function startWorker(
  servers: readonly ServerRecord[],
  changes: Settings = {},
  tls?: ListenerRecord["tls"],
) {
  const scope = new Scope();
  const messages: WorkerMessage[] = [];
  const logs: string[] = [];
  const hearing = new Set<() => void>();
  const send = (message: WorkerMessage) => {
    messages.push(message);
    for (const hear of [...hearing]) hear();
  };
  const worker = new Worker({ send, writeLog: (lines) => void logs.push(lines) });
  scope.defer(() => worker.drain(0));
  const asked = { kind: "tcp", host: "127.0.0.1", port: 0 } as const;
  const handle = await bindHandle(asked);
  scope.defer(() => handle.close());
  const listeners: ListenerRecord[] = [tls ? { address: "127.0.0.1:0", tls } : { address: "127.0.0.1:0" }];
  await worker.handle({
    type: "start",
    snapshot: { revision: 1, settings: settingsWith(changes), servers },
    listeners,
    place: 0,
  });
  await worker.handle({ type: "listen", index: 0 }, handle);
  const { port } = boundAddress(handle, asked) as { readonly port: number };
  let revision = 1;
  let reports = 0;

  return {
    worker,
    messages,
    logs,
    port,
    /** Applies changes as the next revision. */
    change: (...changed: Change[]) =>
      worker.handle({ type: "change", revision: ++revision, changes: changed }),
    settings: (next: Settings) =>
      worker.handle({
        type: "change",
        revision: ++revision,
        changes: [{ type: "settings", settings: settingsWith(next) }],
      }),
    /** Waits for the first message that `test` takes, those that have come included. */
    heard: async <T extends WorkerMessage["type"]>(type: T) => {
      const find = () => messages.find((message) => message.type === type);
      while (!find()) await new Promise<void>((resolve) => hearing.add(resolve));
      return find() as Extract<WorkerMessage, { type: T }>;
    },
    report: async (): Promise<WorkerReport> => {
      await worker.handle({ type: "report", id: ++reports });
      const answers = messages.filter((message) => message.type === "report");
      return answers.at(-1)!.report;
    },
    get: (path = "/", options: RequestOptions = {}) => get(port, path, options),
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}

/** Makes a request on a connection of its own, and reads the whole answer. */
async function get(port: number, path: string, options: RequestOptions = {}) {
  const request = httpRequest({ host: "127.0.0.1", port, path, agent: false, ...options });
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response.setEncoding("latin1")) text += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, text };
}

/** An origin that answers as `listener` says. */
export async function startOrigin(listener: RequestListener) {
  const server = createServer(listener);
  let connections = 0;
  server.on("connection", () => (connections += 1));
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    get connections() {
      return connections;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A port that nobody listens on. */
export async function unusedPort(): Promise<number> {
  const origin = await startOrigin(() => {});
  await origin[Symbol.asyncDispose]();
  return origin.port;
}

/** Sends text on a raw connection, and collects what comes until the other side ends. */
export async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.write(text, "latin1");
  return await readToEnd(socket);
}

/** Collects what comes on a socket until it closes. */
async function readToEnd(socket: Socket): Promise<string> {
  let received = "";
  socket.on("data", (chunk: Buffer) => (received += chunk.toString("latin1")));
  socket.on("error", () => {});
  await once(socket, "close");
  return received;
}
