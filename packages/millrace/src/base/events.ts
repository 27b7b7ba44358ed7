import { channel } from "node:diagnostics_channel";

/** A named stream of typed events that costs one property read while nobody listens. */
export interface EventTopic<T> {
  /** The name of the channel in `diagnostics_channel`. */
  readonly name: string;
  /** Whether anybody listens: check it before making an event that costs something to make. */
  readonly active: boolean;
  /** Tells every listener. One that throws does not stop the publisher: it ends up as an uncaught exception. */
  publish(event: T): void;
  /** Calls `listener` for each event until the handle is disposed. */
  subscribe(listener: (event: T) => void): Disposable;
}

/**
 * Makes the topic `name`, carried by Node's `diagnostics_channel` so that tools outside Millrace can
 * listen too. Two topics of one name are one topic.
 */
export function createTopic<T>(name: string): EventTopic<T> {
  const carrier = channel(name);
  return {
    name,
    get active() {
      return carrier.hasSubscribers;
    },
    publish: (event) => carrier.publish(event),
    subscribe(listener) {
      const onMessage = (message: unknown) => listener(message as T);
      carrier.subscribe(onMessage);
      return { [Symbol.dispose]: () => void carrier.unsubscribe(onMessage) };
    },
  };
}
