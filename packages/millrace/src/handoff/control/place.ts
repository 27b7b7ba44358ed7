import { randomBytes } from "node:crypto";
import { linkSync, renameSync, rmSync, statSync } from "node:fs";
import { access, chmod, constants, link, lstat, mkdir, rename, rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MillraceError } from "../../base/errors.js";
import { invalidOption } from "../../base/options.js";

/**
 * Where the processes of one program find each other. The way there is behind this interface, so that a system whose
 * local sockets have no files (named pipes, say) can have its own.
 */
export interface ControlPlace {
  /** The name of the program. */
  readonly name: string;
  /** What people are told to look at. */
  readonly path: string;
  /** Connects to the process that holds the place, or to the one at `seat`; `undefined` when there is none. */
  dial(seat?: string): Promise<Socket | undefined>;
  /** Gets ready to hold the place: `onConnection` gets whoever dials once it is held. */
  takeSeat(onConnection: (socket: Socket) => void): Promise<Seat>;
  /** A path of this process's own for a local socket, never given out twice. */
  scratch(): string;
}

/** One process's claim to a place. */
export interface Seat extends AsyncDisposable {
  /** Where this process can be dialled, whoever holds the place. */
  readonly path: string;
  /** Whether this process holds the place. */
  readonly held: boolean;
  /** Whether it has found the place as a process left it that was killed. */
  readonly foundLeft: boolean;
  /** Takes the place if nobody has it. Of several that try at once, one gets it. */
  claim(): Promise<boolean>;
  /** Takes the place from whoever has it, between one dial and the next. */
  seize(): void;
  /** Leaves the place, which anybody may claim then. */
  leave(): void;
  /** Leaves the place to somebody who is about to seize it. */
  cede(): void;
}

/** Longest path that all systems take for a local socket, in bytes. */
const longestPath = 103;

/** By how much a path of a process's own may be longer than the common one, in bytes. */
const scratchRoom = 16;

/**
 * Opens the place of `name` in `folder`, which is made if it is missing and must be this user's alone: whoever can
 * write there can take the addresses over.
 *
 * @throws MillraceError `invalid-options` when the folder cannot be used, or is open to others
 */
export async function openPlace(folder: string, name: string): Promise<ControlPlace> {
  if (!/^[\w][\w.@-]{0,63}$/.test(name))
    throw invalidOption("handoff.name", "up to 64 letters, digits, dots, dashes and underscores", name);
  await requirePrivate(folder);
  const path = join(folder, `${name}.sock`);
  if (Buffer.byteLength(path) + scratchRoom > longestPath) {
    throw invalidOption(
      "handoff.folder",
      `a path that leaves room for ${name}.sock within ${longestPath} bytes`,
      folder,
    );
  }
  return new UnixPlace(folder, name, path);
}

/** Where control sockets are kept when nobody says otherwise: one folder for each user. */
export function defaultFolder(): string {
  const { MILLRACE_RUNTIME_DIR: given } = process.env as { MILLRACE_RUNTIME_DIR?: string };
  return given || join(tmpdir(), `millrace-${process.getuid?.() ?? "user"}`);
}

async function requirePrivate(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const stats = await lstat(folder);
    const owner = process.getuid?.();
    if (stats.isSymbolicLink())
      throw unfit(folder, "is a link, which others may lead elsewhere; name the folder itself");
    if (!stats.isDirectory()) throw unfit(folder, "is no folder");
    if (owner !== undefined && stats.uid !== owner)
      throw unfit(folder, `belongs to user ${stats.uid}, not to ${owner}`);
    if ((stats.mode & 0o077) !== 0) throw unfit(folder, "is open to other users; make it private: chmod 700");
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    throw unfit(folder, `cannot be written to (${(error as Error).message})`, error);
  }
}

function unfit(folder: string, why: string, cause?: unknown): MillraceError {
  return new MillraceError(
    `the folder of the control socket, ${folder}, ${why}; choose another with the option folder or MILLRACE_RUNTIME_DIR`,
    { code: "invalid-options", unsent: true, cause },
  );
}

/** Process ids alone do not tell two containers apart that share the folder. */
const own = `${process.pid}-${randomBytes(3).toString("hex")}`;
let scratches = 0;

class UnixPlace implements ControlPlace {
  readonly name: string;
  readonly path: string;
  readonly #folder: string;

  constructor(folder: string, name: string, path: string) {
    this.#folder = folder;
    this.name = name;
    this.path = path;
  }

  scratch(): string {
    return join(this.#folder, `${own}.${scratches++}`);
  }

  dial(seat = this.path): Promise<Socket | undefined> {
    return dialPath(seat);
  }

  async takeSeat(onConnection: (socket: Socket) => void): Promise<Seat> {
    const path = this.scratch();
    const server = createServer(onConnection);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
    await chmod(path, 0o600);
    server.unref();
    return new UnixSeat(server, path, this);
  }
}

/**
 * A listening socket under a name of its own, which is linked to the common name to take the place. A link is made only
 * where there is none, and a rename replaces at once: both are one step for the file system, so nobody ever finds the
 * name missing between two holders.
 */
class UnixSeat implements Seat {
  readonly path: string;
  readonly #server: Server;
  readonly #place: UnixPlace;
  #ceded = false;
  #foundLeft = false;

  constructor(server: Server, path: string, place: UnixPlace) {
    this.path = path;
    this.#server = server;
    this.#place = place;
  }

  get held(): boolean {
    const mine = statSync(this.path, { throwIfNoEntry: false });
    const holder = statSync(this.#place.path, { throwIfNoEntry: false });
    return mine !== undefined && mine.ino === holder?.ino && mine.dev === holder.dev;
  }

  async claim(): Promise<boolean> {
    for (let tries = 0; tries < 8; tries += 1) {
      try {
        await link(this.path, this.#place.path);
        return true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      if (!(await this.#removeStale())) return false;
    }
    return false;
  }

  seize(): void {
    const beside = this.#place.scratch();
    linkSync(this.path, beside);
    renameSync(beside, this.#place.path);
  }

  get foundLeft(): boolean {
    return this.#foundLeft;
  }

  leave(): void {
    // In one breath: who takes the place meanwhile is not to lose it.
    if (this.held) rmSync(this.#place.path, { force: true });
  }

  cede(): void {
    this.#ceded = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ceded) this.leave();
    // Lines that are still open have owners of their own.
    this.#server.close();
    await rm(this.path, { force: true });
  }

  /** Moves the socket of a process that is gone out of the way. False when it turns out to be alive. */
  async #removeStale(): Promise<boolean> {
    const before = await lstat(this.#place.path).catch(() => undefined);
    if (!before) return true;
    const answer = await dialPath(this.#place.path);
    answer?.destroy();
    if (answer) return false;
    this.#foundLeft = true;
    const aside = this.#place.scratch();
    const moved = await rename(this.#place.path, aside).then(
      () => true,
      () => false,
    );
    if (!moved) return true;
    const after = await lstat(aside);
    // Somebody has taken the place since it was found empty: it goes back.
    if (after.ino !== before.ino) await link(aside, this.#place.path).catch(() => undefined);
    await rm(aside, { force: true });
    return after.ino === before.ino;
  }
}

function dialPath(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.removeAllListeners("error");
      resolve(socket);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (["ENOENT", "ECONNREFUSED", "ECONNRESET"].includes(error.code ?? "")) return resolve(undefined);
      const why = error.code === "EACCES" ? "no permission to connect to it" : error.message;
      reject(
        new MillraceError(`the control socket ${path} cannot be used: ${why}`, {
          code: "connect-failed",
          unsent: true,
          cause: error,
        }),
      );
    });
  });
}
