import type { Socket } from "node:net";
import type { Clock } from "../../base/clock.js";
import { generationLimit, SocketLine } from "./line.js";
import type { HandoffStatus, Hello } from "./messages.js";

/** What a reception does with those who come. */
export interface ReceptionParts {
  readonly clock: Clock;
  readonly status: () => HandoffStatus;
  readonly restart: () => Promise<void>;
  readonly onHello: (line: SocketLine, hello: Hello) => void;
  /** Those who have not said what they want yet, the first to come first: how each is turned away. */
  readonly unheard: Set<(reason: string) => void>;
  /** Hears of those who were turned away. */
  readonly onRefused: (reason: string) => void;
}

/** How long somebody may take to say what they want, in milliseconds. */
const firstWordMs = 5_000;

/** So many may be silent at a time; then the one who has been longest makes room. */
const mostUnheard = 64;

/** Receives whoever connects to the control socket. Each is heard at once: one who says nothing keeps nobody waiting. */
export function receive(
  socket: Socket,
  { clock, status, restart, unheard, onHello, onRefused }: ReceptionParts,
): void {
  const line = new SocketLine(socket).unref();
  const heard = () => {
    late[Symbol.dispose]();
    unheard.delete(refuse);
  };
  const refuse = (reason: string) => {
    heard();
    line.close();
    onRefused(reason);
  };
  const late = clock.schedule(firstWordMs, () => refuse("said nothing"), "upkeep");
  unheard.add(refuse);
  if (unheard.size > mostUnheard)
    for (const longest of [...unheard].slice(0, 1)) longest("said nothing while many came");
  line.onClosed = (fault) => {
    heard();
    if (fault) onRefused(fault.message);
  };
  line.onMessage = (message) => {
    heard();
    line.onMessage = undefined;
    if (message.type === "hello") {
      line.limitBytes = generationLimit;
      onHello(line, message);
    } else if (message.type === "status") {
      line.send({ type: "status-is", status: status() });
      line.close();
    } else if (message.type === "restart") {
      void restart().then(
        () => {
          line.send({ type: "restarted" });
          line.close();
        },
        (error: Error) => {
          line.send({ type: "restarted", failure: error.message });
          line.close();
        },
      );
    } else refuse(`began with ${message.type}`);
  };
}
