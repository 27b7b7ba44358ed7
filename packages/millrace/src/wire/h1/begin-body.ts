import { type Body, BytesBody, emptyBody } from "../http/body.js";
import type { Framing } from "./framing.js";
import { type BodyOwner, IncomingBody } from "./incoming-body.js";
import type { MessageLimits } from "./limits.js";

/** A body as far as it came with its head. */
export interface BegunBody {
  readonly body: Body;
  /** Where in the source the next message begins, if the body is complete; else all has been taken. */
  readonly end: number;
  /** The stream that takes what comes next; undefined when the body is here as a whole. */
  readonly incoming: IncomingBody | undefined;
}

/** Content up to this many bytes that came as a whole with its head does not become a stream. */
const wholeLimit = 16 * 1024;

/** What has arrived: the first `available` bytes of `source`, and the first of those as latin1 `text`. */
export interface Arrived {
  readonly source: Buffer;
  readonly text: string;
  readonly available: number;
}

/**
 * Takes content that arrived with its head, as a whole where it can, and begins a stream of anything
 * longer. Content begins where the head ends.
 *
 * @throws ProtocolError when the chunked coding is broken
 */
export function beginBody(
  { framing, end: start }: { readonly framing: Framing; readonly end: number },
  { source, text, available }: Arrived,
  limits: MessageLimits,
  owner: BodyOwner,
): BegunBody {
  if (typeof framing === "number" && framing <= wholeLimit && start + framing <= available) {
    const end = start + framing;
    if (end <= text.length)
      return { body: BytesBody.ofLatin1(text.slice(start, end)), end, incoming: undefined };
    return { body: BytesBody.of(Buffer.from(source.subarray(start, end))), end, incoming: undefined };
  }
  const incoming = new IncomingBody(framing, limits, owner);
  const end = incoming.feed(source, start, available, false);
  const whole = incoming.takeWhole();
  if (whole) return { body: whole.length === 0 ? emptyBody : BytesBody.of(whole), end, incoming: undefined };
  return { body: incoming, end, incoming };
}
