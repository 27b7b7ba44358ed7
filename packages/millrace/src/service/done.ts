import { faults } from "./fault.js";

/** Hears that a call is over. An object, so that a hot path can be its own listener. */
export interface DoneListener {
  /** Called when the response has been read to its end, has failed, or was given up. Must not throw. */
  callDone(): void;
}

/**
 * Tells `listener` when `response` is done with: at once when it has no body, otherwise when its body
 * ends, breaks off or is thrown away. Layers that hold something for as long as a call lasts ask for one.
 *
 * Every response must be reported, or what is held for it is never let go. One that throws has told at
 * once, and is reported as a fault.
 */
export type WhenDone<Response> = (response: Response, listener: DoneListener) => void;

/**
 * Tells `listener` when `response` is done with: at once where nobody can say.
 *
 * @internal
 */
export function whenOver<Response>(
  whenDone: WhenDone<Response> | undefined,
  response: Response,
  listener: DoneListener,
): void {
  if (!whenDone) {
    listener.callDone();
    return;
  }
  try {
    whenDone(response, listener);
  } catch (error) {
    faults.publish({ where: "whenDone", error });
    listener.callDone();
  }
}
