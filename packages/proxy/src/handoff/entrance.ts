import { type Clock, createDeferred, isMillraceError, Scope, sleep } from "millrace/base";
import {
  type BoundAddress,
  bindHandle,
  boundAddress,
  type Handoff,
  type HandoffEnding,
  openHandoff,
  parseListenAddress,
  readHandoffStatus,
} from "millrace/handoff";
import { formatAddress } from "../config/address.js";
import type { DaemonConfig } from "../config/daemon-config.js";
import type { HandoffConfig } from "../config/handoff.js";
import type { Log } from "../logging.js";
import { version } from "../version.js";
import type { ProxyGate } from "./gate.js";
import { logHandoff } from "./log.js";
import type { StateTransfer } from "./state-transfer.js";

/** The proxy's addresses, in the hands of this process, and when to let connections in. */
export interface Entrance extends AsyncDisposable {
  /** What the running proxy has told, if this process is to take over from one. */
  readonly inherited: unknown;
  /** This process's place among the generations; `undefined` when it does not hand over. */
  readonly handoff: Handoff | undefined;
  /** Settles when connections are gone and the addresses given up. */
  readonly ended: Promise<HandoffEnding>;
  /** Settles once no proxy that ran before would serve again in the place of this one. */
  readonly proven: Promise<void>;
  /** Lets connections in, once the gate is prepared and a running proxy has agreed. */
  ready(): Promise<void>;
  /** Has the proxy that ran before serve again, as long as it stands by; does nothing later. */
  giveBack(reason: string): Promise<void>;
  /** Gives the addresses up, and lets what runs finish within its time. Idempotent. */
  stop(): Promise<void>;
}

/** What an entrance has of the process around it. */
export interface EntranceParts {
  readonly clock: Clock;
  readonly log: Log;
  readonly restart?: (() => Promise<void>) | undefined;
  readonly attend?: ((handoff: Handoff) => Disposable) | undefined;
}

/** What an older generation may take from the end of its time to its last word, in milliseconds. */
const farewellMs = 2_000;
const lookEveryMs = 50;

/**
 * Gets hold of the addresses that `config` names: from the proxy that runs, if there is one, else from the system.
 *
 * @throws MillraceError `invalid-options` when one cannot be had; as `openHandoff` does when the running proxy refuses
 */
export async function openEntrance(
  config: DaemonConfig,
  gate: ProxyGate,
  transfer: StateTransfer,
  parts: EntranceParts,
): Promise<Entrance> {
  const { handoff } = config;
  const addresses = addressesOf(config);
  if (!handoff || !(await isPossible(handoff, parts.log))) return plain(addresses, gate);
  const { name, folder, probationMs, readyMs } = handoff;
  const { clock, restart } = parts;
  const opened: Handoff = await openHandoff({
    name,
    folder,
    probationMs,
    readyMs,
    release: version,
    addresses,
    addressesMayDiffer: true,
    ways: ["inherit", "pass"],
    gate: (bound) => gate.place(bound),
    // The gate has a deadline of its own, which follows the settings.
    drainMs: Infinity,
    state: (moment) => transfer.tell(moment),
    onState: (state) => transfer.hear(state),
    finish: async () => {
      if (opened.ending === "handed-over") await lastOfAll(opened, gate.leftMs, clock);
      await transfer.finish();
    },
    restart,
    clock,
  });
  return handingOver(opened, handoff, gate, parts);
}

/** Settles once no older generation is left: each tells its counters to the next, which has to be there to tell them on. */
async function lastOfAll(handoff: Handoff, withinMs: number, clock: Clock): Promise<void> {
  const end = clock.now() + withinMs + farewellMs;
  while (handoff.status.generations.length > 1 && clock.now() < end) await sleep(clock, lookEveryMs);
}

/** Who has not asked for it can do without, where there is no place for it. */
async function isPossible({ name, folder, asked }: HandoffConfig, log: Log): Promise<boolean> {
  if (asked) return true;
  try {
    await readHandoffStatus({ name, folder });
  } catch (error) {
    if (isMillraceError(error, "unavailable") || isMillraceError(error, "timeout")) return true;
    log.warn({ reason: (error as Error).message }, "the next start cannot take over from this one");
    return false;
  }
  return true;
}

function handingOver(
  handoff: Handoff,
  { name }: HandoffConfig,
  gate: ProxyGate,
  { log, attend }: EntranceParts,
): Entrance {
  const scope = new Scope();
  scope.own(logHandoff(name, log));
  const attending = attend?.(handoff);
  if (attending) scope.own(attending);
  const ended = handoff.ended.finally(() => scope[Symbol.asyncDispose]());
  ended.catch(() => undefined);
  const proven = createDeferred();
  const ready = async () => {
    try {
      await handoff.ready();
    } catch (error) {
      // Why it has ended, where that is the cause of what went wrong then.
      await handoff.ended;
      throw error;
    }
    if (!handoff.probation.value) proven.resolve();
  };
  const onProbation = (probation: boolean) => {
    if (!probation && handoff.phase.value === "serving") proven.resolve();
  };
  scope.own(handoff.probation.subscribe(onProbation));
  const stop = () => {
    if (handoff.phase.value === "serving") gate.leave();
    return handoff.stop();
  };
  const giveBack = async (reason: string) => {
    if (handoff.probation.value) await handoff.giveBack(reason);
  };
  return {
    inherited: handoff.inherited,
    handoff,
    ended,
    proven: proven.promise,
    ready,
    giveBack,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Addresses that nobody else can take over. */
async function plain(addresses: readonly string[], gate: ProxyGate): Promise<Entrance> {
  const bound: BoundAddress[] = [];
  const ended = createDeferred<HandoffEnding>();
  const release = () => {
    for (const { handle } of bound) handle.close();
  };
  try {
    for (const text of addresses) bound.push(await bind(text));
  } catch (error) {
    release();
    throw error;
  }
  gate.place(bound);
  const close = async () => {
    gate.leave();
    await gate.whenIdle();
    release();
    ended.resolve("stopped");
  };
  let closing: Promise<void> | undefined;
  const stop = () => (closing ??= close());
  const ready = async () => {
    await gate.prepare();
    await gate.open();
  };
  return {
    inherited: undefined,
    handoff: undefined,
    ended: ended.promise,
    proven: Promise.resolve(),
    ready,
    giveBack: () => Promise.resolve(),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function bind(text: string): Promise<BoundAddress> {
  const asked = parseListenAddress(text);
  const handle = await bindHandle(asked);
  return { asked, address: boundAddress(handle, asked), handle, copy: async () => handle };
}

/** Where clients connect, then where the admin API is. */
function addressesOf({ listen, admin }: DaemonConfig): readonly string[] {
  return [...listen.map(({ address }) => address), ...(admin ? [admin] : [])].map(formatAddress);
}
