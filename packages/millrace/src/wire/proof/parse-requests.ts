import { ChunkedDecoder } from "../h1/chunked-decoder.js";
import type { MessageLimits } from "../h1/limits.js";
import { ProtocolError } from "../h1/protocol-error.js";
import { parseRequestHead, type RequestHead } from "../h1/request-head.js";
import { lines, type SeenRequest } from "./server-side.js";

/** What the parsers make of bytes that come as one. */
export interface ParsedRequests {
  readonly requests: readonly SeenRequest[];
  /** Why they went no further, when that was an error. */
  readonly error: ProtocolError | undefined;
}

/** Parses requests one after the other until the bytes run out, one is not persistent, or a rule breaks. */
export function parseRequests(input: Buffer, limits: MessageLimits): ParsedRequests {
  const requests: SeenRequest[] = [];
  let at = 0;
  try {
    while (at < input.length) {
      const head = parseRequestHead(input.toString("latin1", at), limits, "http");
      if (!head) break;
      const content = takeContent(head, input, at + head.end, limits);
      if (!content) break;
      requests.push(toSeen(head, content));
      at = content.end;
      if (!head.persistent) break;
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { requests, error };
  }
  return { requests, error: undefined };
}

interface Content {
  readonly body: string;
  readonly trailers: readonly string[];
  readonly end: number;
}

function takeContent(
  head: RequestHead,
  input: Buffer,
  start: number,
  limits: MessageLimits,
): Content | undefined {
  if (head.framing !== "chunked") {
    const end = start + head.framing;
    return end <= input.length
      ? { body: input.toString("latin1", start, end), trailers: [], end }
      : undefined;
  }
  const decoder = new ChunkedDecoder(limits);
  let body = "";
  const receiver = {
    content: (from: Buffer, begin: number, stop: number) =>
      void (body += from.toString("latin1", begin, stop)),
  };
  const end = decoder.feed(input, start, input.length, receiver);
  if (!decoder.done) return undefined;
  return { body, trailers: decoder.trailers ? lines(decoder.trailers) : [], end };
}

function toSeen(head: RequestHead, { body, trailers }: Content): SeenRequest {
  const { method, target, minorVersion, fields } = head;
  return {
    method,
    path: target.path,
    authority: target.authority,
    version: minorVersion,
    fields: lines(fields),
    body,
    trailers,
  };
}
