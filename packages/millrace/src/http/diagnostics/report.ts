import type { PickExplanation } from "../../balance/explain.js";
import type { Clock } from "../../base/clock.js";
import type { ChannelSnapshot } from "../../channel/channel.js";

/** A channel as a report needs it: one of this process, or one that answers from elsewhere. */
export interface DiagnosedChannel {
  /** What people call it. */
  readonly label: string;
  /** All that is known of it now. */
  snapshot(): ChannelSnapshot | Promise<ChannelSnapshot>;
  /** Chooses a member as for a call, and tells why. */
  explain?(): PickExplanation | Promise<PickExplanation>;
}

/** What is known of a channel, or that it did not say. */
export type ChannelReport = {
  /** Names it in links, for as long as the process runs. */
  readonly id: string;
  readonly label: string;
} & (
  | { readonly snapshot: ChannelSnapshot; readonly pick: PickExplanation | undefined }
  | { readonly failure: string }
);

/** Numbers channels in the order they are first asked about. */
export class ChannelNumbers {
  readonly #ids = new WeakMap<DiagnosedChannel, string>();
  #last = 0;

  /** The id of a channel. */
  of(channel: DiagnosedChannel): string {
    let id = this.#ids.get(channel);
    if (id === undefined) {
      id = String(++this.#last);
      this.#ids.set(channel, id);
    }
    return id;
  }
}

/** Asks a channel about itself, for at most `limitMs`. Never fails: that a channel does not answer is an answer. */
export function reportOf(
  channel: DiagnosedChannel,
  id: string,
  { limitMs, clock }: { readonly limitMs: number; readonly clock: Clock },
): Promise<ChannelReport> {
  const { label } = channel;
  return new Promise((resolve) => {
    const settle = (report: ChannelReport) => {
      timer[Symbol.dispose]();
      resolve(report);
    };
    const timer = clock.schedule(limitMs, () =>
      settle({ id, label, failure: `failed to report within ${limitMs / 1_000} s` }),
    );
    ask(channel).then(
      ({ snapshot, pick }) => settle({ id, label, snapshot, pick }),
      (error: unknown) => settle({ id, label, failure: `failed to report: ${messageOf(error)}` }),
    );
  });
}

async function ask(channel: DiagnosedChannel) {
  const [snapshot, pick] = await Promise.all([channel.snapshot(), channel.explain?.()]);
  return { snapshot, pick };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
