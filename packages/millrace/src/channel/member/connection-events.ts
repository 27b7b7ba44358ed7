import { createTopic, type EventTopic } from "../../base/events.js";

/** A connection of a channel is gone. */
export interface ConnectionClosed {
  /** The name of the channel. */
  readonly label: string;
  /** Scheme, host and port that its requests were for: `https://backend.internal`. */
  readonly origin: string;
  /** Where it led: `10.0.0.1:80`. */
  readonly address: string;
  /** From when it was made, TLS included, until it closed or became another protocol's, in milliseconds. */
  readonly durationMs: number;
}

/** Where channels tell how long each of their connections has lasted, on the topic `millrace.channel.connection`. */
export const connectionEvents: EventTopic<ConnectionClosed> = createTopic<ConnectionClosed>(
  "millrace.channel.connection",
);
