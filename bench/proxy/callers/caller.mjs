import { connect } from "node:net";
import { ResponseReader } from "./response-reader.mjs";

const patienceMs = 15_000;

/** One connection at a time to a proxy, which calls again on it as long as the proxy keeps it open. */
export class Caller {
  #port;
  #request;
  /** @type {import("node:net").Socket | undefined} */
  #socket;
  #reader = new ResponseReader();
  /** @type {((status: number) => void) | undefined} */
  #settle;

  constructor(/** @type {number} */ port, path = "/") {
    this.#port = port;
    this.#request = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n`;
  }

  get connected() {
    return this.#socket !== undefined;
  }

  /** Sends a GET and resolves with the status; with 0 when the connection broke, or after 15 s. */
  call() {
    return new Promise((/** @type {(status: number) => void} */ resolve) => {
      this.#settle = resolve;
      this.#socket ??= this.#open();
      this.#socket.write(this.#request);
    });
  }

  close() {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #open() {
    const socket = connect({ port: this.#port, host: "127.0.0.1", noDelay: true });
    this.#reader = new ResponseReader();
    socket.on("data", (chunk) => this.#answered(this.#reader.push(chunk)));
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      this.#answered(this.#reader.end() ?? { status: 0, reusable: false });
    });
    socket.setTimeout(patienceMs, () => this.#settle !== undefined && socket.destroy());
    return socket;
  }

  #answered(/** @type {import("./response-reader.mjs").Answer | undefined} */ answer) {
    if (answer === undefined) return;
    if (!answer.reusable) this.close();
    const settle = this.#settle;
    this.#settle = undefined;
    settle?.(answer.status);
  }
}
