import { resolve } from "node:path";
import { type Clock, systemClock } from "../base/clock.js";
import { invalidOption, requirePositive, requireRange, withDefaults } from "../base/options.js";
import { datagramsAre, formatListenAddress, type ListenAddress, parseListenAddress } from "./address.js";
import type { HandoffWay } from "./control/messages.js";
import { defaultFolder } from "./control/place.js";
import type { Gate } from "./gate.js";
import type { Handle } from "./handles/handle.js";
import { programName, programRelease } from "./program-name.js";

/** Which addresses are meant where one does not say. */
export type HandoffNetwork =
  /** IPv6 and IPv4. */
  | "tcp"
  /** IPv4 alone. */
  | "tcp4"
  /** IPv6 alone. */
  | "tcp6"
  /** Addresses are paths. */
  | "unix";

/** How a program takes over from the one that runs, and hands over to the next. */
export interface HandoffOptions {
  /** Where to listen: ports, `"host:port"` or `"unix:/path"`. A successor must name the same ones. */
  readonly addresses: readonly (string | number)[];
  /**
   * Whether the addresses may be others than those of the running process, where sockets are passed. What it does not
   * have is bound; what only it has is given up when it ends: who connects there from the switch on waits until then,
   * and is refused.
   * @defaultValue false: other addresses are a mistake, and refused
   */
  readonly addressesMayDiffer?: boolean | undefined;
  /**
   * What the program is found by: those of one name in one folder are versions of one another.
   * @defaultValue the name in the nearest `package.json` above the main script, and the name of the script
   */
  readonly name?: string | undefined;
  /**
   * Where the control socket is. It must be this user's alone.
   * @defaultValue `MILLRACE_RUNTIME_DIR`, or `millrace-<uid>` in the system's temporary folder
   */
  readonly folder?: string | undefined;
  /** @defaultValue `"tcp"` */
  readonly network?: HandoffNetwork | undefined;
  /**
   * What this version is called in events and in `millrace status`.
   * @defaultValue the version in the nearest `package.json`
   */
  readonly release?: string | undefined;
  /**
   * Ways to come by the addresses that may be used, the best first. The first that both processes can go is gone.
   *
   * With `"reuse-port"` first, and a Node that has it, the first process already binds so that others can listen beside
   * it, and every successor has to go that way.
   * @defaultValue `["inherit", "pass", "forward"]`
   */
  readonly ways?: readonly HandoffWay[] | undefined;
  /**
   * How long a successor may take until it is ready, in milliseconds; then it is ended.
   * @defaultValue 60_000
   */
  readonly readyMs?: number | undefined;
  /**
   * How long it may take to open once it is told to, in milliseconds.
   * @defaultValue 5_000
   */
  readonly switchMs?: number | undefined;
  /**
   * For how long this process's predecessor stays in case it dies, in milliseconds; 0 for not at all.
   * @defaultValue 10_000
   */
  readonly probationMs?: number | undefined;
  /**
   * How long connections may go on after the hand-over, or after a stop, in milliseconds; then they are cut.
   * @defaultValue 30_000
   */
  readonly drainMs?: number | undefined;
  /**
   * How long connections may go on when this process gives the addresses back to its predecessor, in milliseconds; then
   * they are cut. Something is wrong with it, so it is not to linger. At most `drainMs`.
   * @defaultValue 5_000, or `drainMs` where that is less
   */
  readonly giveBackMs?: number | undefined;
  /**
   * What a successor is to know of this process, as JSON: asked when it starts, when it is about to open, and when
   * this process has finished. The successor finds the first in `inherited`, and hears of the others by `onState`.
   */
  readonly state?: ((moment: StateMoment) => unknown) | undefined;
  /** Hears what the predecessor's `state` gave later than at the start. */
  readonly onState?: ((state: unknown, moment: StateMoment) => void) | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * How long a new version may take to be ready, in milliseconds.
 *
 * @internal
 */
export const defaultReadyMs = 60_000;

/**
 * How long the old version may take to finish, in milliseconds.
 *
 * @internal
 */
export const defaultDrainMs = 30_000;

/** When state is handed over. */
export type StateMoment = "prepare" | "switch" | "end";

/** A socket that is bound and that nobody accepts from yet. */
export interface BoundAddress {
  /** As the options name it. */
  readonly asked: ListenAddress;
  /** With the port that the system chose for port 0. */
  readonly address: ListenAddress;
  /** To be sent to other processes, or copied and listened on. The hand-over closes it. */
  readonly handle: Handle;
  /**
   * Gives a second handle of the same socket, for a server of this process to listen on: closing that stops accepting,
   * and leaves those who wait in the queue to whoever accepts next.
   */
  readonly copy: () => Promise<Handle>;
}

/** What only {@link openHandoff} is given. */
export interface OpenHandoffOptions extends HandoffOptions {
  /**
   * Makes the gate when this process does not accept itself. It only works where sockets can be passed.
   * @defaultValue doors of this process, whose listeners are in `listeners`
   */
  readonly gate?: ((bound: readonly BoundAddress[]) => Gate) | undefined;
  /**
   * Sockets that this process has already, one for each address in their order. It is then the first generation, or none:
   * where another process has the place, it is not this one's turn.
   * @defaultValue none: the addresses are taken over, or bound
   */
  readonly held?: readonly Handle[] | undefined;
  /** Asked to restart by a control connection; settles when the successor was started. */
  readonly restart?: (() => Promise<void>) | undefined;
  /** Called when connections are gone, or cut: what is awaited before this process has ended. */
  readonly finish?: (() => Promise<void>) | undefined;
}

type Defaulted =
  | "name"
  | "folder"
  | "release"
  | "ways"
  | "readyMs"
  | "switchMs"
  | "probationMs"
  | "drainMs"
  | "giveBackMs"
  | "clock";

/** Options, checked and complete. */
export type HandoffSettings = { readonly [K in Defaulted]: NonNullable<OpenHandoffOptions[K]> } & Pick<
  OpenHandoffOptions,
  "gate" | "held" | "state" | "onState" | "restart" | "finish"
> & {
    readonly addresses: readonly ListenAddress[];
    readonly addressesMayDiffer: boolean;
    /** Which addresses are meant where one does not say. */
    readonly family: 4 | 6 | undefined;
  };

/**
 * Checks options and fills their gaps.
 *
 * @internal
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function handoffSettings(options: OpenHandoffOptions): HandoffSettings {
  const { addresses, network = "tcp", gate, state, onState, restart, finish, ...others } = options;
  const { addressesMayDiffer = false, held, ...rest } = others;
  const defaults = {
    name: programName(),
    folder: defaultFolder(),
    release: programRelease() ?? "unnamed",
    ways: ["inherit", "pass", "forward"] as readonly HandoffWay[],
    readyMs: defaultReadyMs,
    switchMs: 5_000,
    probationMs: 10_000,
    drainMs: defaultDrainMs,
    giveBackMs: Math.min(5_000, rest.drainMs ?? 5_000),
    clock: systemClock,
  };
  const settings = withDefaults(defaults, rest);
  requirePositive("handoff.readyMs", settings.readyMs);
  requirePositive("handoff.switchMs", settings.switchMs);
  requireRange("handoff.probationMs", settings.probationMs, 0, Infinity);
  requireRange("handoff.drainMs", settings.drainMs, 0, Infinity);
  requireRange("handoff.giveBackMs", settings.giveBackMs, 0, settings.drainMs);
  requireWays(settings.ways);
  return {
    ...settings,
    // It is the same folder wherever this process goes.
    folder: resolve(settings.folder),
    addresses: readAddresses(addresses, network),
    family: familyOf(network),
    addressesMayDiffer,
    held,
    gate,
    state,
    onState,
    restart,
    finish,
  };
}

function familyOf(network: HandoffNetwork): 4 | 6 | undefined {
  if (!Object.hasOwn(families, network)) {
    const found = /^(udp|unixgram)/.test(network) ? datagramsAre(network) : network;
    throw invalidOption("handoff.network", `one of ${Object.keys(families).join(", ")}`, found);
  }
  return families[network];
}

const families: Readonly<Record<HandoffNetwork, 4 | 6 | undefined>> = {
  tcp: undefined,
  tcp4: 4,
  tcp6: 6,
  unix: undefined,
};

function readAddresses(
  given: readonly (string | number)[],
  network: HandoffNetwork,
): readonly ListenAddress[] {
  const family = familyOf(network);
  if (!Array.isArray(given)) throw invalidOption("handoff.addresses", "a list of addresses", given);
  const read = given.map((text) =>
    parseListenAddress(
      network === "unix" && !String(text).startsWith("unix:") ? `unix:${text}` : text,
      family,
    ),
  );
  const fixed = read
    .filter((address) => address.kind === "unix" || address.port !== 0)
    .map(formatListenAddress);
  const twice = fixed.find((text, index) => fixed.indexOf(text) !== index);
  if (twice !== undefined) throw invalidOption("handoff.addresses", "each address once", `${twice} twice`);
  return read;
}

function requireWays(ways: readonly HandoffWay[]): void {
  const known: readonly HandoffWay[] = ["inherit", "pass", "forward", "reuse-port"];
  if (Array.isArray(ways) && ways.length > 0 && ways.every((way) => known.includes(way))) return;
  const expected = 'a list of some of "inherit", "pass", "forward" and "reuse-port"';
  throw invalidOption("handoff.ways", expected, Array.isArray(ways) ? `[${ways.join(", ")}]` : ways);
}
