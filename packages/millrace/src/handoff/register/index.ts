import cluster from "node:cluster";
import net, { type ListenOptions, Server } from "node:net";
import { resolve, sep } from "node:path";
import { isMainThread } from "node:worker_threads";
import { defaultFolder } from "../control/place.js";
import { readOptions } from "./read-options.js";
import { WrappedProgram } from "./wrapped-program.js";

/**
 * Makes a program hand over to its next start without a change of its code: `node --import millrace/handoff/register
 * server.js`, or `millrace run -- node server.js`.
 *
 * From here on `listen` on a port or a path takes the address over from a running process of the same name, or binds it.
 * Only the first process that listens takes part: those that it starts do not.
 */
const { MILLRACE_HANDOFF: given = "{}" } = process.env as { MILLRACE_HANDOFF?: string };
const options = given === "off" ? {} : readOptions(given);
const folder = resolve(options.folder ?? defaultFolder());
const normalize = (
  net as unknown as { _normalizeArgs(args: readonly unknown[]): [ListenOptions & { fd?: number }, unknown] }
)._normalizeArgs;
const listen = Reflect.get(Server.prototype, "listen") as (this: Server, ...args: unknown[]) => Server;
let program: WrappedProgram | undefined;

if (given !== "off" && !cluster.isWorker && isMainThread) {
  Reflect.set(Server.prototype, "listen", function (this: Server, ...args: unknown[]): Server {
    const [{ port, path, host, signal }] = normalize(args);
    const anywhere = args.length === 0 || typeof args[0] === "function";
    const wanted = path === undefined ? port !== undefined || anywhere : isShared(path);
    if (!wanted || isHandle(args[0])) return listen.apply(this, args);
    process.env["MILLRACE_HANDOFF"] = "off";
    program ??= new WrappedProgram({ ...options, folder }, given);
    const done = args.at(-1);
    if (typeof done === "function") this.once("listening", done as () => void);
    signal?.addEventListener("abort", () => this.close(), { once: true });
    program.listen(this, {
      address: path === undefined ? addressOf(host, port ?? 0) : `unix:${resolve(path)}`,
      attach: (listener) => void listen.call(this, listener),
      listen: () => void listen.apply(this, args.slice(0, typeof done === "function" ? -1 : undefined)),
    });
    return this;
  });
}

/**
 * Whether a later version may listen there. Not where the path names this process, which is for those that it talks to,
 * as `tsx` does; nor where the system has no file for it.
 */
function isShared(path: string): boolean {
  const own = path.split(/\D+/).includes(String(process.pid));
  return !own && !path.startsWith("\0") && !path.startsWith(folder + sep);
}

/** What `listen` takes besides addresses: servers, sockets and whatever else has a handle. */
function isHandle(argument: unknown): boolean {
  return typeof argument === "object" && argument !== null && ("_handle" in argument || "handle" in argument);
}

function addressOf(host: string | undefined, port: number): string {
  const name = host ?? "::";
  return name.includes(":") ? `[${name}]:${port}` : `${name}:${port}`;
}
