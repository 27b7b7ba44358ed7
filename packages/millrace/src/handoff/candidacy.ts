import type { Socket } from "node:net";
import { sleep } from "../base/clock.js";
import { MillraceError } from "../base/errors.js";
import { formatListenAddress } from "./address.js";
import { generationLimit, SocketLine } from "./control/line.js";
import { type HandoffWay, type Hello, hostName, type Message, protocolVersion } from "./control/messages.js";
import type { ControlPlace } from "./control/place.js";
import type { Seat } from "./control/seat.js";
import type { Handle, HandleClasses } from "./handles/handle.js";
import { type HandleReceiver, openReceiver } from "./handles/pass.js";
import { type Acceptance, TakeOver } from "./machine/take-over.js";
import type { HandoffSettings } from "./options.js";

/** What a process has to apply with. */
export interface CandidacyParts {
  readonly settings: HandoffSettings;
  readonly place: ControlPlace;
  readonly seat: Seat;
  readonly classes: HandleClasses | undefined;
  /** Ways that it can go, the best first. */
  readonly ways: readonly HandoffWay[];
  readonly open: (state: unknown) => Promise<void>;
  readonly onLater: (message: Message) => void;
  readonly onFailed: (error: Error) => void;
  readonly onLeft: () => void;
  readonly onProbation: (probation: boolean) => void;
}

/** A candidacy that was accepted. */
export interface Candidacy {
  /** Keeps this process alive until it is told not to. */
  readonly line: SocketLine;
  readonly takeOver: TakeOver;
  readonly acceptance: Acceptance;
  /** What was passed, in the order of the acceptance's addresses; empty where nothing is. */
  readonly handles: readonly Handle[];
}

const answerMs = 10_000;
const deliveryMs = 10_000;
const againMs = 10;

/**
 * Applies to the process that holds the place. `undefined` when there is none, and the place is this process's now.
 *
 * Of several that come at once to an empty place one gets it, and the others apply to that one.
 *
 * @throws MillraceError for whatever the holder objects to
 */
export async function applyForPlace(parts: CandidacyParts): Promise<Candidacy | undefined> {
  const { settings, place, seat } = parts;
  for (;;) {
    const socket = await place.dial();
    if (socket && settings.held) {
      socket.destroy();
      throw neverReady("another process has the addresses");
    }
    const candidacy = socket && (await apply(socket, parts));
    if (candidacy) return candidacy;
    if (!socket && (await seat.claim())) {
      // Whether it is tidy there or not changes nothing.
      await place.sweep(settings.clock.wallTime()).catch(() => undefined);
      return undefined;
    }
    // Whoever held it is leaving, or has just come.
    await sleep(settings.clock, againMs);
  }
}

async function apply(socket: Socket, parts: CandidacyParts): Promise<Candidacy | undefined> {
  const { settings, seat, classes, ways, place, onFailed, onLeft } = parts;
  const line = new SocketLine(socket);
  line.limitBytes = generationLimit;
  const path = place.scratch();
  const receiver = ways.includes("pass") && classes ? await openReceiver(path, classes) : undefined;
  const takeOver = new TakeOver({
    line,
    hello: helloOf(settings, ways, receiver && path),
    clock: settings.clock,
    answerMs,
    open: parts.open,
    holdsPlace: () => seat.held,
    onLater: parts.onLater,
    onProbation: parts.onProbation,
    onFailed: (error) => {
      void receiver?.[Symbol.asyncDispose]();
      onFailed(error);
    },
    onLeft: () => {
      void receiver?.[Symbol.asyncDispose]();
      onLeft();
    },
  });
  let candidacy: Candidacy | undefined;
  try {
    const acceptance = await takeOver.accepted;
    if (!acceptance) return undefined;
    const handles = acceptance.way === "pass" ? await collect(receiver!, acceptance, settings) : [];
    candidacy = handles && { line, takeOver, acceptance, handles };
  } finally {
    await receiver?.[Symbol.asyncDispose]();
  }
  if (!takeOver.failure) return candidacy;
  // It has changed its mind meanwhile, as one does that is told to stop.
  for (const handle of candidacy?.handles ?? []) handle.close();
  throw takeOver.failure;
}

/** Takes in one socket for each address; `undefined` when the predecessor leaves before all are here. */
async function collect(
  receiver: HandleReceiver,
  { addresses }: Acceptance,
  { clock }: HandoffSettings,
): Promise<readonly Handle[] | undefined> {
  using _timer = clock.schedule(deliveryMs, () => void receiver[Symbol.asyncDispose]());
  const handles: Handle[] = [];
  try {
    for (const _ of addresses) handles.push(await receiver.next());
    return handles;
  } catch {
    // What has come is given back; whoever holds the place next is asked for all.
    for (const handle of handles) handle.close();
    return undefined;
  }
}

function helloOf(
  settings: HandoffSettings,
  ways: readonly HandoffWay[],
  receiver: string | undefined,
): Hello {
  const { name, release, addresses, addressesMayDiffer, probationMs } = settings;
  return {
    type: "hello",
    protocol: protocolVersion,
    name,
    release,
    pid: process.pid,
    host: hostName(),
    addresses: addresses.map(formatListenAddress),
    addressesMayDiffer,
    ways,
    receiver,
    probationMs,
  };
}

/** The error of a process that nobody could hand over to. */
export function neverReady(reason: string): MillraceError {
  return new MillraceError(`this process did not take over: ${reason}`, { code: "closed", unsent: true });
}
