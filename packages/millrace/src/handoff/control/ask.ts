import { type Clock, systemClock } from "../../base/clock.js";
import { MillraceError } from "../../base/errors.js";
import { generationLimit, SocketLine } from "./line.js";
import type { GenerationStatus, Message } from "./messages.js";
import type { ControlPlace } from "./place.js";

/** How a question is asked. */
export interface AskOptions {
  /** Where somebody in particular can be dialled. @defaultValue whoever holds the place */
  readonly seat?: string | undefined;
  /** How long the answer may take, in milliseconds. */
  readonly withinMs: number;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * Asks whoever holds the place, and gives the answer; `undefined` when nobody does.
 *
 * @throws MillraceError `timeout` when there is no answer in time, `unavailable` when the other leaves without one
 */
export async function ask(
  place: ControlPlace,
  message: Message,
  { seat, withinMs, clock = systemClock }: AskOptions,
): Promise<Message | undefined> {
  const socket = await place.dial(seat);
  if (!socket) return undefined;
  const line = new SocketLine(socket);
  line.limitBytes = generationLimit;
  return new Promise((resolve, reject) => {
    const late = clock.schedule(withinMs, () => {
      line.close();
      reject(unanswered(`${place.name} did not answer within ${withinMs / 1_000} s`, "timeout"));
    });
    line.onMessage = (answer) => {
      late[Symbol.dispose]();
      line.close();
      resolve(answer);
    };
    line.onClosed = (fault) => {
      late[Symbol.dispose]();
      reject(fault ?? unanswered(`${place.name} has just ended`, "unavailable"));
    };
    line.send(message);
  });
}

function unanswered(message: string, code: "timeout" | "unavailable"): MillraceError {
  return new MillraceError(message, { code, unsent: code === "unavailable" });
}

/** How long a process may take to say whether it serves, in milliseconds: one that does not cannot be waited for. */
const answerMs = 1_000;

/**
 * What the process at `seat`, or whoever holds the place, says of itself; `undefined` when nobody is there, or nobody
 * answers within a second.
 */
export async function generationAt(
  place: ControlPlace,
  { seat, clock }: Pick<AskOptions, "seat" | "clock">,
): Promise<GenerationStatus | undefined> {
  try {
    const answer = await ask(place, { type: "status" }, { seat, withinMs: answerMs, clock });
    return answer?.type === "status-is" ? answer.status.generations[0] : undefined;
  } catch {
    return undefined;
  }
}
