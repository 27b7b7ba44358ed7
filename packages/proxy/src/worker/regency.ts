import { type Clock, sleep } from "millrace/base";
import {
  type Gate,
  type Handle,
  type Handoff,
  type HandoffQuestion,
  handoffEvents,
  openHandoff,
  readHandoffStatus,
} from "millrace/handoff";

import { regent } from "../handoff/name.js";

/** What a worker has when its manager is gone. */
export interface RegencyParts {
  /** What the next manager is found by. */
  readonly program: HandoffQuestion;
  /** Where this worker lets connections in. */
  readonly held: readonly { readonly address: string; readonly handle: unknown }[];
  /** What the manager has left for the next one, as text; `undefined` for nothing. */
  readonly kept: string | undefined;
  /** Connections that are open now. */
  readonly connections: () => number;
  readonly clock: Clock;
}

const lookEveryMs = 250;

/**
 * Settles once another manager serves at the addresses of the one that has died. Until then one of the workers that it
 * has left holds its place: the next start finds that, and gets the listening sockets from it, and what the manager knew. So the addresses are never
 * closed, though the process that bound them is gone.
 */
export async function waitForManager(parts: RegencyParts): Promise<void> {
  for (;;) {
    const status = await readHandoffStatus(parts.program).catch(() => undefined);
    const [newest] = status?.generations ?? [];
    if (!newest) {
      if (await reign(parts)) return;
    } else if (newest.release !== regent && newest.phase === "serving") return;
    await sleep(parts.clock, lookEveryMs);
  }
}

/** Holds the place until the next manager serves; false when it is another worker's. */
async function reign({ program, held, connections, kept, clock }: RegencyParts): Promise<boolean> {
  const open = () =>
    openHandoff({
      ...program,
      addresses: held.map(({ address }) => address),
      held: held.map(({ handle }) => handle as Handle),
      release: regent,
      ways: ["pass"],
      gate: () => openGate(connections),
      // By the end the next manager knows better.
      state: (moment) => (moment === "end" || kept === undefined ? undefined : JSON.parse(kept)),
      clock,
    });
  const handoff = await open().catch((): Handoff | undefined => undefined);
  if (!handoff) return false;
  // One that serves has nobody better to fall back to: from then on it stands alone.
  using _serving = handoffEvents.subscribe((event) => {
    if (event.type === "upgrade-switched" && event.name === program.name) void handoff.stop();
  });
  await handoff.ready();
  return (await handoff.ended) === "handed-over";
}

/** Connections are let in all the time, until the worker leaves by itself. */
function openGate(connections: () => number): Gate {
  return {
    get connections() {
      return connections();
    },
    prepare: () => Promise.resolve(),
    open: () => Promise.resolve(),
    pause: () => undefined,
    retire: () => undefined,
    whenIdle: () => Promise.resolve(),
    cut: () => undefined,
    close: () => undefined,
  };
}
