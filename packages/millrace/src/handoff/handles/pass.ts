import { createServer, type Server, Socket } from "node:net";
import { createDeferred, type Deferred } from "../../base/deferred.js";
import { MillraceError } from "../../base/errors.js";
import type { Handle, HandleClasses, HandleOwner } from "./handle.js";
import { listenPrivately } from "./listen-privately.js";

/** The kind of pipe that carries sockets beside bytes. */
const interProcess = 2;

/** Sends sockets to another process of this machine. Each arrives as a copy: what is sent stays open here. */
export interface HandleSender extends Disposable {
  /** Settles once the other process has it. */
  send(handle: Handle): Promise<void>;
}

/** Takes in the sockets that one peer sends. */
export interface HandleReceiver extends AsyncDisposable {
  /** The next socket, in the order of sending. Rejects when the peer leaves first, or the receiver closes. */
  next(): Promise<Handle>;
}

/**
 * Connects to the receiver at `path`.
 *
 * A local socket made as Node's own channel between parent and child is made, so that the system passes sockets over it
 * (`SCM_RIGHTS`), but by connecting: neither process has started the other.
 *
 * @throws MillraceError `connect-failed`
 */
export async function connectSender(path: string, { Pipe }: HandleClasses): Promise<HandleSender> {
  const pipe = new Pipe(interProcess) as Handle as Handle & { writeUtf8String: WriteText };
  const writeText = pipe.writeUtf8String;
  let passing: Handle | undefined;
  // Node's stream writes the text, and would write it alone.
  pipe.writeUtf8String = function (request, text) {
    const beside = passing;
    passing = undefined;
    const errno = writeText.call(this, request, text, beside);
    // It keeps the passed handle where its stream looks for its own.
    if (beside) Object.assign(request, { handle: this, passed: beside });
    return errno;
  };
  const socket = new Socket({ handle: pipe, manualStart: true } as object);
  await connected(socket, path);
  // One at a time, each answered: a reader that finds the other end closed does not look at what is still unread.
  let last: Promise<void> = Promise.resolve();
  let sent: Deferred<void> | undefined;
  socket.on("data", () => sent?.resolve());
  socket.once("close", () => sent?.reject(lostPeer()));
  const pass = (handle: Handle) => {
    if (socket.destroyed) throw lostPeer();
    sent = createDeferred();
    passing = handle;
    socket.ref();
    socket.write(oneHandle, "utf8");
    return sent.promise.finally(() => socket.unref());
  };
  return {
    send(handle) {
      const done = last.then(() => pass(handle));
      last = done.catch(() => undefined);
      return done;
    },
    [Symbol.dispose]: () => void socket.destroy(),
  };
}

/** Listens at `path` for one sender, and takes what it sends. */
export async function openReceiver(path: string, { Pipe }: HandleClasses): Promise<HandleReceiver> {
  const receiver = new Receiver(Pipe);
  await receiver.listen(path);
  return receiver;
}

type WriteText = (this: Handle, request: object, text: string, beside?: Handle) => number;

/** What goes with each handle, and comes back for it: the system passes none without a byte. */
const oneHandle = "h";

class Receiver implements HandleReceiver {
  readonly #Pipe: HandleClasses["Pipe"];
  readonly #server: Server;
  readonly #arrived: Handle[] = [];
  readonly #waiting: { resolve(handle: Handle): void; reject(error: Error): void }[] = [];
  #socket: Socket | undefined;
  #over = false;

  constructor(Pipe: HandleClasses["Pipe"]) {
    this.#Pipe = Pipe;
    this.#server = createServer({ pauseOnConnect: true }, (socket) => this.#accept(socket));
    this.#server.maxConnections = 1;
  }

  listen(path: string): Promise<void> {
    return listenPrivately(this.#server, path);
  }

  next(): Promise<Handle> {
    const handle = this.#arrived.shift();
    if (handle) return Promise.resolve(handle);
    if (this.#over) return Promise.reject(lostPeer());
    this.#socket?.ref();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    this.#socket?.destroy();
    for (const handle of this.#arrived.splice(0)) handle.close();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Node accepts local sockets as pipes for bytes alone, so the descriptor is opened again as the other kind. */
  #accept(accepted: Socket): void {
    this.#server.close();
    const shell = accepted as unknown as HandleOwner;
    const bytesOnly = shell._handle!;
    const pipe = new this.#Pipe(interProcess) as Handle & {
      open(fd: number): number;
      pendingHandle?: Handle;
    };
    if (pipe.open(bytesOnly.fd) !== 0) return void accepted.destroy();
    // Two handles have the descriptor now: the first must never close it.
    emptied.push(bytesOnly);
    shell._handle = null;
    accepted.destroy();
    this.#socket = new Socket({ handle: pipe } as object);
    this.#socket.on("data", () => this.#take(pipe));
    this.#socket.on("error", () => undefined);
    this.#socket.once("close", () => this.#end());
  }

  #take(pipe: { pendingHandle?: Handle }): void {
    const handle = pipe.pendingHandle;
    delete pipe.pendingHandle;
    if (!handle) return;
    this.#socket?.write(oneHandle);
    const first = this.#waiting.shift();
    if (first) first.resolve(handle);
    else this.#arrived.push(handle);
    if (this.#waiting.length === 0) this.#socket?.unref();
  }

  #end(): void {
    this.#over = true;
    for (const { reject } of this.#waiting.splice(0)) reject(lostPeer());
  }
}

/** Kept so that nothing ever collects, and thereby closes, them. One for each receiver. */
const emptied: Handle[] = [];

function connected(socket: Socket, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (cause: Error) =>
      reject(
        new MillraceError(`cannot reach the process that takes over: ${cause.message}`, {
          code: "connect-failed",
          unsent: true,
          cause,
        }),
      );
    socket.once("error", failed);
    socket.connect(path, () => {
      socket.off("error", failed);
      socket.on("error", () => undefined);
      socket.unref();
      resolve();
    });
  });
}

function lostPeer(cause?: unknown): MillraceError {
  return new MillraceError("the other process left while sockets were passed", {
    code: "connection-lost",
    unsent: false,
    cause,
  });
}
