import type { Socket } from "node:net";
import { StringDecoder } from "node:string_decoder";
import { MillraceError } from "../../base/errors.js";
import { type Message, readMessage } from "./messages.js";

/** A connection over which messages go both ways, in order. */
export interface Line {
  /** Hears each message. Messages that come before it is set wait. */
  onMessage: ((message: Message) => void) | undefined;
  /** Called once, when nothing more can come: with what was wrong, if the peer broke the rules. */
  onClosed: ((fault?: MillraceError) => void) | undefined;
  readonly closed: boolean;
  send(message: Message): void;
  /** Sends what is on its way, and ends. `onClosed` is not called for it. */
  close(): void;
}

/** What a peer may say before it is known, in bytes. */
const strangerLimit = 64 * 1024;
/** What a generation may say to another: its state is among it. */
export const generationLimit = 64 * 1024 * 1024;

/** Messages as lines of JSON over a local socket. */
export class SocketLine implements Line {
  onClosed: ((fault?: MillraceError) => void) | undefined;
  /** The longest line that is taken, in bytes. */
  limitBytes = strangerLimit;
  readonly #socket: Socket;
  readonly #decoder = new StringDecoder("utf8");
  readonly #early: Message[] = [];
  #onMessage: ((message: Message) => void) | undefined;
  #unread: string[] = [];
  #unreadLength = 0;
  #closed = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => this.#receive(this.#decoder.write(bytes)));
    socket.on("error", () => undefined);
    socket.once("close", () => this.#end());
  }

  get closed(): boolean {
    return this.#closed;
  }

  get onMessage(): ((message: Message) => void) | undefined {
    return this.#onMessage;
  }

  set onMessage(listener: ((message: Message) => void) | undefined) {
    this.#onMessage = listener;
    while (listener && this.#onMessage === listener && this.#early.length > 0) listener(this.#early.shift()!);
  }

  send(message: Message): void {
    if (!this.#closed) this.#socket.write(`${JSON.stringify(message)}\n`);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // A peer that does not read must not keep it open.
    this.#socket.end(() => this.#socket.destroy());
    this.#socket.unref();
  }

  /** Lets the process end though the line is open. */
  unref(): this {
    this.#socket.unref();
    return this;
  }

  #receive(text: string): void {
    let rest = text;
    for (let end = rest.indexOf("\n"); end >= 0 && !this.#closed; end = rest.indexOf("\n")) {
      const line = this.#unread.join("") + rest.slice(0, end);
      this.#unread = [];
      this.#unreadLength = 0;
      rest = rest.slice(end + 1);
      this.#read(line);
    }
    if (this.#closed) return;
    if (rest !== "") this.#unread.push(rest);
    this.#unreadLength += rest.length;
    if (this.#unreadLength > this.limitBytes) this.#fail(tooLong(this.limitBytes));
  }

  #read(line: string): void {
    let message: Message;
    try {
      if (line.length > this.limitBytes) throw tooLong(this.limitBytes);
      message = readMessage(line);
    } catch (error) {
      this.#fail(error as MillraceError);
      return;
    }
    if (this.#onMessage) this.#onMessage(message);
    else this.#early.push(message);
  }

  #fail(fault: MillraceError): void {
    this.#socket.destroy();
    this.#end(fault);
  }

  #end(fault?: MillraceError): void {
    if (this.#closed) return;
    this.#closed = true;
    this.onClosed?.(fault);
  }
}

function tooLong(limit: number): MillraceError {
  return new MillraceError(`a peer at the control socket sent a message of more than ${limit} bytes`, {
    code: "too-large",
    unsent: false,
  });
}
