import cluster from "node:cluster";
import net, { type ListenOptions, Server } from "node:net";
import { resolve, sep } from "node:path";
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

if (given !== "off" && !cluster.isWorker) {
  Reflect.set(Server.prototype, "listen", function (this: Server, ...args: unknown[]): Server {
    const [{ port, path, host }] = normalize(args);
    const inside = path?.startsWith(folder + sep) ?? false;
    const wanted = (port !== undefined || path !== undefined) && !inside && !isHandle(args[0]);
    if (!wanted) return listen.apply(this, args);
    process.env["MILLRACE_HANDOFF"] = "off";
    program ??= new WrappedProgram({ ...options, folder }, given);
    const address = path !== undefined ? `unix:${path}` : addressOf(host, port ?? 0);
    const done = args.at(-1);
    if (typeof done === "function") this.once("listening", done as () => void);
    program.listen(this, address, (listener) => void listen.call(this, listener));
    return this;
  });
}

/** What `listen` takes besides addresses: servers, sockets and whatever else has a handle. */
function isHandle(argument: unknown): boolean {
  return typeof argument === "object" && argument !== null && ("_handle" in argument || "handle" in argument);
}

function addressOf(host: string | undefined, port: number): string {
  const name = host ?? "::";
  return name.includes(":") ? `[${name}]:${port}` : `${name}:${port}`;
}
