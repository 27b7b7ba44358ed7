import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { after } from "node:test";
import { FetchBridge, type IHttpApiBridge } from "conjure-client";
import { createUrlConnector } from "../../../channel/connect/to-url.js";
import { openConnectionPool } from "../../../channel/pool/connection-pool.js";
import { type ConjureBridgeOptions, createConjureBridge } from "./bridge.js";

/** What a server was asked. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** How a server answers. */
export type Answerer = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** What a client of the bridge is called. */
export const agent = { productName: "widget-ui", productVersion: "1.2.3" };

/** A server with what it was asked, and the bridges to it: ours, and that of conjure-client over `fetch`. */
export async function setup(answer: Answerer = answerNothing, options: Partial<ConjureBridgeOptions> = {}) {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("latin1").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      seen.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
      answer(request, response, body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const origin = `http://127.0.0.1:${port}`;
  const pool = openConnectionPool({ connector: createUrlConnector(new URL(origin)) });
  after(async () => {
    pool.destroy();
    await pool.close();
    server.closeAllConnections();
    server.close();
  });
  const bridge = createConjureBridge(pool, { userAgent: agent, baseUrl: origin, ...options });
  const theirs = new FetchBridge({
    baseUrl: (options.baseUrl as string | undefined) ?? origin,
    userAgent: (options.userAgent ?? agent) as typeof agent,
    token: options.token as string,
  });
  return { seen, origin, pool, bridge, theirs };
}

/** Makes the same call through both bridges and gives what the server saw of each, but for what must differ. */
export async function sameCall(
  call: (bridge: IHttpApiBridge) => Promise<unknown>,
  options: Partial<ConjureBridgeOptions> = {},
) {
  const { seen, bridge, theirs } = await setup(answerNothing, options);
  const results = [await call(bridge), await call(theirs)];
  return { ours: comparable(seen[0]!), theirs: comparable(seen[1]!), results };
}

/** The headers that a Conjure server looks at. */
function comparable({ method, url, headers, body }: SeenRequest) {
  const { authorization, accept } = headers;
  const [type = "", boundary] = ((headers["content-type"] as string | undefined) ?? "").split("; boundary=");
  const own = Object.entries(headers).filter(([name]) => name.startsWith("x-"));
  const text = boundary === undefined ? body : body.replaceAll(boundary, "BOUNDARY");
  return { method, url, authorization, accept, type, own, body: text };
}

/** Answers with a value as JSON. */
export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Answerer {
  return (_request, response) => {
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(JSON.stringify(value));
  };
}

/** Answers with content as it is; without a type when that is empty. */
export function text(content: string, contentType: string, status = 200): Answerer {
  return (_request, response) => {
    response.writeHead(status, contentType === "" ? {} : { "Content-Type": contentType });
    response.end(content);
  };
}

function answerNothing(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(204).end();
}
