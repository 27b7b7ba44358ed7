import { systemClock } from "../base/clock.js";
import { MillraceError } from "../base/errors.js";
import { generationLimit, SocketLine } from "./control/line.js";
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
export async function readHandoffStatus(question: HandoffQuestion): Promise<HandoffStatus> {
  const answer = await ask(question, { type: "status" });
  if (answer.type === "status-is") return answer.status;
  throw unexpected(answer);
}

/**
 * Has a running program start itself again and hand over to that. Settles when the successor was started.
 *
 * @throws MillraceError `unavailable` when none runs, or it cannot; `timeout` when it does not answer within 5 s
 */
export async function requestRestart(question: HandoffQuestion): Promise<void> {
  const answer = await ask(question, { type: "restart" });
  if (answer.type !== "restarted") throw unexpected(answer);
  if (answer.failure !== undefined) throw unavailable(answer.failure);
}

async function ask({ name, folder = defaultFolder() }: HandoffQuestion, message: Message): Promise<Message> {
  const place = await openPlace(folder, name);
  const socket = await place.dial();
  if (!socket) throw unavailable(`no program of the name ${name} runs (nobody answers at ${place.path})`);
  const line = new SocketLine(socket);
  line.limitBytes = generationLimit;
  return new Promise((resolve, reject) => {
    const late = systemClock.schedule(answerMs, () => {
      line.close();
      reject(
        new MillraceError(`${name} did not answer within ${answerMs / 1_000} s`, {
          code: "timeout",
          unsent: false,
        }),
      );
    });
    line.onMessage = (answer) => {
      late[Symbol.dispose]();
      line.close();
      resolve(answer);
    };
    line.onClosed = (fault) => {
      late[Symbol.dispose]();
      reject(fault ?? unavailable(`${name} has just ended`));
    };
    line.send(message);
  });
}

function unexpected({ type }: Message): MillraceError {
  return new MillraceError(`the program answered with ${type}`, { code: "protocol", unsent: false });
}

function unavailable(message: string): MillraceError {
  return new MillraceError(message, { code: "unavailable", unsent: true });
}
