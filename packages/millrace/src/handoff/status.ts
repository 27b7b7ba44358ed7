import { type Clock, systemClock } from "../base/clock.js";
import { MillraceError } from "../base/errors.js";
import { ask as askPlace } from "./control/ask.js";
import type { HandoffStatus, Message } from "./control/messages.js";
import { defaultFolder, openPlace } from "./control/place.js";

/** Which program is asked about. */
export interface HandoffQuestion {
  /** As the program's own option `name`. */
  readonly name: string;
  /**
   * As the program's own option `folder`.
   * @defaultValue `MILLRACE_RUNTIME_DIR`, or `millrace-<uid>` in the system's temporary folder
   */
  readonly folder?: string | undefined;
}

const answerMs = 5_000;

/**
 * Asks a running program for its generations: which one serves, which still finish, and how many connections they have.
 *
 * @throws MillraceError `unavailable` when none runs, `timeout` when it does not answer within 5 s
 */
export function readHandoffStatus(question: HandoffQuestion): Promise<HandoffStatus> {
  return readStatus(question, systemClock);
}

/** @internal */
export async function readStatus(question: HandoffQuestion, clock: Clock): Promise<HandoffStatus> {
  const answer = await ask(question, { type: "status" }, clock);
  if (answer.type === "status-is") return answer.status;
  throw unexpected(answer);
}

/**
 * Has a running program start itself again and hand over to that. Settles when the successor was started.
 *
 * @throws MillraceError `unavailable` when none runs, or it cannot; `timeout` when it does not answer within 5 s
 */
export async function requestRestart(question: HandoffQuestion): Promise<void> {
  const answer = await ask(question, { type: "restart" }, systemClock);
  if (answer.type !== "restarted") throw unexpected(answer);
  if (answer.failure !== undefined) throw unavailable(answer.failure);
}

async function ask(
  { name, folder = defaultFolder() }: HandoffQuestion,
  message: Message,
  clock: Clock,
): Promise<Message> {
  const place = await openPlace(folder, name);
  const answer = await askPlace(place, message, { withinMs: answerMs, clock });
  if (answer) return answer;
  const names = (await place.names()).filter((one) => one !== name);
  const others = names.length > 0 ? `; there may be ${names.join(", ")}` : "";
  throw unavailable(`no program of the name ${name} runs (nobody answers at ${place.path})${others}`);
}

function unexpected({ type }: Message): MillraceError {
  return new MillraceError(`the program answered with ${type}`, { code: "protocol", unsent: false });
}

function unavailable(message: string): MillraceError {
  return new MillraceError(message, { code: "unavailable", unsent: true });
}
