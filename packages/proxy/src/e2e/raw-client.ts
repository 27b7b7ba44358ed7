import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A client that sends bytes as the test says, and keeps what comes. */
export class RawClient implements Disposable {
  readonly socket: Socket;
  /** All that has come, as latin1. */
  text = "";
  /** How it ended: `end` gently, `reset` not; undefined while it has not. */
  over: "end" | "reset" | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => (this.text += chunk.toString("latin1")));
    socket.on("end", () => (this.over ??= "end"));
    socket.on("error", () => (this.over = "reset"));
  }

  static async connect(port: number): Promise<RawClient> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    await once(socket, "connect");
    return new RawClient(socket);
  }

  /** Sends latin1 text. */
  send(text: string): void {
    this.socket.write(text, "latin1");
  }

  /** Settles once what has come matches; fails when the connection is over before. */
  async until(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.text);
      if (match) return match;
      if (this.over) throw new Error(`no ${pattern} in ${JSON.stringify(this.text)}`);
      await new Promise<void>((resolve) => {
        for (const event of ["data", "end", "error"]) this.socket.once(event, () => resolve());
      });
    }
  }

  /** Settles once the other side has said all it has to say. */
  async ended(): Promise<string> {
    while (!this.over) {
      await new Promise<void>((resolve) => {
        for (const event of ["end", "error"]) this.socket.once(event, () => resolve());
      });
    }
    return this.text;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

/** Sends `text` on a connection of its own; gives what came until the proxy ended it. */
export async function exchange(port: number, text: string): Promise<string> {
  using client = await RawClient.connect(port);
  client.send(text);
  return await client.ended();
}

/** The final statuses in what came. */
export function statusesIn(text: string): number[] {
  const statuses = [...text.matchAll(/HTTP\/1\.1 ([0-9]{3}) /g)].map((match) => Number(match[1]));
  return statuses.filter((status) => status >= 200);
}
