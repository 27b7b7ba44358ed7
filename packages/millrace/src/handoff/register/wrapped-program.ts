import cluster from "node:cluster";
import type { Server } from "node:net";
import { systemClock } from "../../base/clock.js";
import { createDeferred } from "../../base/deferred.js";
import { MillraceError } from "../../base/errors.js";
import type { HandoffProcess } from "../handoff-process.js";
import { openHandoff } from "../open-handoff.js";
import { defaultDrainMs, type HandoffOptions } from "../options.js";
import type { HandoffEnding } from "../phase.js";
import { attend } from "../process/attend.js";
import type { ProcessOptions } from "../process/options.js";
import { startAgain, startedWith } from "../process/restart.js";
import { requireRestartSignals } from "../process/signals.js";
import { programName } from "../program-name.js";
import { readHandoffStatus } from "../status.js";

/** How a program is wrapped. */
export interface WrapOptions
  extends Omit<HandoffOptions, "addresses" | "network" | "ways" | "state" | "onState" | "clock">,
    ProcessOptions {
  /**
   * How long a new process may go without listening anywhere else until it counts as ready, in milliseconds, when its
   * predecessor has addresses that it has not asked for.
   * @defaultValue 2_000
   */
  readonly settleMs?: number | undefined;
}

/** What `listen` is called for. */
export interface Listening {
  readonly address: string;
  /** Has the server listen on what connections come from. */
  readonly attach: (listener: Server) => void;
  /** Has it listen as it would without this. */
  readonly listen: () => void;
}

/** In the environment of a process that was started to take over: who has started it. */
const after = "MILLRACE_HANDOFF_AFTER";

/** What a program that ends by its own handler of SIGTERM may take for that, in milliseconds. */
const farewellMs = 5_000;

/** A program that knows nothing of hand-overs: it listens, and that is all there is to go by. */
export class WrappedProgram {
  readonly #options: WrapOptions;
  /** Nothing for a process that only helps another, which takes part. */
  readonly #handoff: Promise<HandoffProcess | undefined>;
  #settling: Disposable | undefined;

  /** `given` is what a restart of this program is to be given again. */
  constructor(options: WrapOptions, given: string) {
    this.#options = options;
    const started = startedWith();
    const restart = (onExit?: () => void) =>
      startAgain(started, { ...process.env, MILLRACE_HANDOFF: given, [after]: `${process.pid}` }, onExit);
    this.#handoff = this.#open(restart);
    this.#handoff.catch(failed);
  }

  /** Lets `server` listen as soon as the address is this process's, and lets it in once this process serves. */
  listen(server: Server, { address, attach, listen }: Listening): void {
    void this.#handoff
      .then(async (handoff) => {
        if (!handoff) return listen();
        const door = await handoff.claim(address);
        server.once("listening", () => this.#consider(handoff));
        attach(door.listener);
      })
      .catch((error: Error) => server.emit("error", asOfListen(error)));
  }

  async #open(restart: (onExit?: () => void) => Promise<unknown>): Promise<HandoffProcess | undefined> {
    requireRestartSignals(this.#options.restartOn);
    if (await isHelper(this.#options)) return undefined;
    const handoff = await openHandoff({
      ...this.#options,
      ways: ["pass"],
      addresses: [],
      restart: async () => void (await restart()),
    });
    const attendance = attend(handoff, restart, this.#options);
    handoff.ended.then(async (ending) => {
      await attendance.told;
      await workersLeft(this.#options.drainMs ?? defaultDrainMs);
      leave(ending);
    }, failed);
    return handoff as HandoffProcess;
  }

  /** Ready is who listens wherever its predecessor does, or nowhere else for a while. */
  #consider(handoff: HandoffProcess): void {
    this.#settling?.[Symbol.dispose]();
    const settleMs = handoff.unclaimed === 0 ? 0 : (this.#options.settleMs ?? 2_000);
    this.#settling = systemClock.schedule(settleMs, () => {
      if (handoff.unclaimed > 0 && !handoff.continues && !this.#options.addressesMayDiffer)
        failed(strangerError(handoff));
      handoff.dropUnclaimed();
      // Failing ends the process, by `ended`.
      handoff.ready().catch(() => undefined);
    });
  }
}

/** Whether the process that takes part has started this one, and not to take over: before it listened itself, as it seems. */
async function isHelper({ name = programName(), folder }: WrapOptions): Promise<boolean> {
  const status = await readHandoffStatus({ name, folder }).catch(() => undefined);
  const parentTakesPart = status?.generations.some(({ pid }) => pid === process.ppid) ?? false;
  return parentTakesPart && process.env[after] !== String(process.ppid);
}

/** A program that listens nowhere where the running one does is another one, which happens to have the same name. */
function strangerError({ status, passed }: HandoffProcess): MillraceError {
  const own = status.addresses.filter((address) => !passed.includes(address));
  return new MillraceError(
    `a program of the name ${status.name} runs already, which listens on ${passed.join(", ")}, and this one on ${own.join(", ")}; start this one under a name of its own (millrace run --name), or stop the other first`,
    { code: "invalid-options", unsent: true },
  );
}

/** Programs look at the code that Node's own errors have. */
function asOfListen(error: Error): Error {
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  if (typeof code !== "string") return error;
  return Object.assign(new Error(error.message, { cause: error }), { code, syscall: "listen" });
}

/**
 * Lets the workers of `node:cluster` finish what they have begun: their connections are theirs, and counted by nobody here.
 * A signal ends the wait.
 */
async function workersLeft(withinMs: number): Promise<void> {
  if (Object.keys(cluster.workers ?? {}).length === 0) return;
  const over = createDeferred();
  using _timer = systemClock.schedule(withinMs, over.resolve);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, over.resolve);
  cluster.disconnect(over.resolve);
  await over.promise;
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.off(signal, over.resolve);
}

/** A program that has something to do before it ends does it when it is told to stop; one that fails ends anyway. */
function leave(ending: HandoffEnding): void {
  if (ending === "given-back") return;
  if (process.listenerCount("SIGTERM") === 0) process.exit(process.exitCode ?? 0);
  systemClock.schedule(farewellMs, () => process.exit(), "upkeep");
  process.kill(process.pid, "SIGTERM");
}

function failed(error: Error): void {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
