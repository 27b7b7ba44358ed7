import { connect, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import { type Listening, listenTcp } from "../connect/listen.test.fixture.js";

/** What a proxy answers: by itself, or once it has connected to where it was asked to. */
export type ProxyAnswer = (head: string) => string | Buffer | "connect" | "silence";

/** An HTTP proxy that makes tunnels, as its answer says. */
export interface TunnelProxy extends Listening {
  /** Heads of the requests it has had. */
  readonly heads: string[];
}

/** Listens as a proxy that connects to 127.0.0.1, whatever the name; over TLS if `tls` is given. */
export async function listenAsProxy(
  answer: ProxyAnswer = () => "connect",
  tls?: TlsOptions,
): Promise<TunnelProxy> {
  const heads: string[] = [];
  const onSocket = (socket: Socket) => serve(socket, heads, answer);
  const server: Server = tls ? createTlsServer(tls, onSocket) : createTcpServer(onSocket);
  server.on("tlsClientError", () => {});
  return { ...(await listenTcp(server)), heads };
}

function serve(socket: Socket, heads: string[], answer: ProxyAnswer): void {
  let text = "";
  socket.on("error", () => {});
  socket.on("data", function onData(chunk: Buffer) {
    text += chunk.toString("latin1");
    if (!text.includes("\r\n\r\n")) return;
    socket.off("data", onData);
    heads.push(text);
    const said = answer(text);
    if (said === "silence") return;
    if (said !== "connect") return void socket.end(said);
    const port = Number(/^CONNECT \S+:(\d+) /.exec(text)![1]);
    const onward = connect(port, "127.0.0.1", () => socket.write("HTTP/1.1 200 Connected\r\n\r\n"));
    onward.on("error", () => socket.destroy());
    onward.pipe(socket).pipe(onward);
    socket.on("close", () => onward.destroy());
    onward.on("close", () => socket.destroy());
  });
}
