import { createTopic, type EventTopic } from "../base/events.js";

/** A mistake in a function that was handed to a layer: an observer or a policy that threw. */
export interface Fault {
  /** Which function, by layer and option: `retry.onRetry`. */
  readonly where: string;
  /** What it threw. */
  readonly error: unknown;
}

/**
 * Where faults are told, on the topic `millrace.fault`: calls go on without the function that threw, so
 * that nothing else would tell. Nobody listening, they are dropped.
 */
export const faults: EventTopic<Fault> = createTopic<Fault>("millrace.fault");

/**
 * Tells an observer, if there is one. One that throws is a fault and does no harm.
 *
 * @internal
 */
export function tell<Event>(where: string, observer: ((event: Event) => void) | undefined, event: Event) {
  if (!observer) return;
  try {
    observer(event);
  } catch (error) {
    faults.publish({ where, error });
  }
}
