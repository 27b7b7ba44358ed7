import { BytesBody, emptyBody, type Body } from "../http/body.js";
import type { Framing } from "./framing.js";
import { IncomingBody, type BodyOwner } from "./incoming-body.js";
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

/**
 * Takes content that arrived with its head, as a whole where it can, and begins a stream of anything longer.
 *
 * `source` up to `available` holds what arrived, `text` the same as latin1 as far as it was read;
 * content begins at `start`.
 *
 * @throws ProtocolError when the chunked coding is broken
 */
export function beginBody(
  framing: Framing,
  arrived: { readonly source: Buffer; readonly text: string; readonly start: number; readonly available: number },
  limits: MessageLimits,
  owner: BodyOwner,
): BegunBody {
  const { source, text, start, available } = arrived;
  if (typeof framing === "number" && framing <= wholeLimit && start + framing <= available) {
    const end = start + framing;
    if (end <= text.length) return { body: BytesBody.ofLatin1(text.slice(start, end)), end, incoming: undefined };
    return { body: BytesBody.of(Buffer.from(source.subarray(start, end))), end, incoming: undefined };
  }
  const incoming = new IncomingBody(framing, limits, owner);
  const end = incoming.feed(source, start, available, false);
  const whole = incoming.takeWhole();
  if (whole) return { body: whole.length === 0 ? emptyBody : BytesBody.of(whole), end, incoming: undefined };
  return { body: incoming, end, incoming };
}
