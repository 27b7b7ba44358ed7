import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { access, constants, lstat, mkdir, readdir, rm } from "node:fs/promises";
import { createServer, type Server, Socket } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { MillraceError } from "../../base/errors.js";
import { invalidOption } from "../../base/options.js";
import { dialPath } from "./dial.js";
import { type Seat, UnixSeat } from "./seat.js";
import { SocketFile } from "./socket-file.js";

/**
 * Where the processes of one program find each other. The way there is behind this interface, so that a system whose
 * local sockets have no files (named pipes, say) can have its own.
 */
export interface ControlPlace {
  /** The name of the program. */
  readonly name: string;
  /** What people are told to look at. */
  readonly path: string;
  /** Of programs in the same folder, the names: some may not run any more. */
  names(): Promise<readonly string[]>;
  /** Connects to the process that holds the place, or to the one at `seat`; `undefined` when there is none. */
  dial(seat?: string): Promise<Socket | undefined>;
  /** Gets ready to hold the place: `onConnection` gets whoever dials once it is held. */
  takeSeat(onConnection: (socket: Socket) => void): Promise<Seat>;
  /** Removes what processes have left there that were killed. `nowMs` is the wall clock's time. */
  sweep(nowMs: number): Promise<void>;
  /** A path of this process's own for a local socket, never given out twice. */
  scratch(): string;
  /** What is to listen at `path`, one of this process's own, with a server that `create` makes. */
  fileAt(path: string, create: () => Server): SocketFile;
}

/** Longest path that all systems take for a local socket, in bytes. */
const longestPath = 103;

const ending = ".sock";

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
  const path = join(folder, name + ending);
  if (Buffer.byteLength(path) + scratchRoom > longestPath) {
    throw invalidOption(
      "handoff.folder",
      `a path that leaves room for ${name + ending} within ${longestPath} bytes`,
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
    await make(folder);
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

/** Where the folder above is there, not recursively: Node tries without end where the system says that nothing is there. */
async function make(folder: string): Promise<void> {
  const recursive = !existsSync(dirname(folder));
  await mkdir(folder, { recursive, mode: 0o700 }).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST" || (await lstat(folder)).isFile()) throw error;
  });
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

/** Names as `scratch` and `rightTo` give them. */
const ownOrRight = /^(\d+-[0-9a-f]{6}\.\d+|r[0-9a-f]{12})$/;

/** A file that is younger than this is left alone, in milliseconds. */
const youngMs = 60_000;

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

  /** Where one takes the right to replace what a process has left. */
  rightTo(left: string): string {
    return join(this.#folder, `r${createHash("sha256").update(left).digest("hex").slice(0, 12)}`);
  }

  async names(): Promise<readonly string[]> {
    const files = await readdir(this.#folder);
    return files.filter((file) => file.endsWith(ending)).map((file) => file.slice(0, -ending.length));
  }

  async sweep(nowMs: number): Promise<void> {
    const files = await readdir(this.#folder);
    for (const file of files.filter((one) => ownOrRight.test(one) && !one.startsWith(`${own}.`)))
      await this.#removeLeft(join(this.#folder, file), nowMs);
  }

  async #removeLeft(path: string, nowMs: number): Promise<void> {
    const stats = await lstat(path).catch(() => undefined);
    // One that has just been made may not be listened on yet.
    if (!stats?.isSocket() || nowMs - stats.mtimeMs < youngMs) return;
    const answer = await dialPath(path).catch(() => "somebody");
    if (answer === undefined) await rm(path, { force: true });
    else if (answer instanceof Socket) answer.destroy();
  }

  dial(seat = this.path): Promise<Socket | undefined> {
    return dialPath(seat);
  }

  fileAt(path: string, create: () => Server): SocketFile {
    return new SocketFile({ path, create, requireFolder: () => requirePrivate(this.#folder) });
  }

  async takeSeat(onConnection: (socket: Socket) => void): Promise<Seat> {
    const file = this.fileAt(this.scratch(), () => createServer(onConnection).unref());
    await file.open();
    return new UnixSeat(file, this);
  }
}
