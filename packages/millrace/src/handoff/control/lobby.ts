import type { Socket } from "node:net";

/** Where those wait who dial before it is clear what this process is. */
export class Lobby {
  readonly #waiting = new Set<Socket>();
  #receive: ((socket: Socket) => void) | undefined;

  /** Lets somebody in who has dialled. */
  enter(socket: Socket): void {
    if (this.#receive) return void this.#receive(socket);
    // One that leaves in the middle of a word is nobody's fault.
    socket.on("error", () => undefined);
    socket.once("close", () => this.#waiting.delete(socket));
    this.#waiting.add(socket);
  }

  /** Has `receive` hear those who wait, and everybody who comes from now on. */
  open(receive: (socket: Socket) => void): void {
    this.#receive = receive;
    for (const socket of this.#waiting) receive(socket);
    this.#waiting.clear();
  }

  /** Turns those away who wait: they look again, and find whoever has the place then. */
  turnAway(): void {
    for (const socket of this.#waiting) socket.destroy();
    this.#waiting.clear();
  }
}
