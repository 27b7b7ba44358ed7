import type { ProtocolRule } from "../h1/protocol-error.js";

/** A request that the server must have understood. */
export interface WantedRequest {
  /** @defaultValue GET */
  readonly method?: string;
  /** @defaultValue / */
  readonly path?: string;
  /** Checked where given. */
  readonly authority?: string;
  /** @defaultValue empty */
  readonly body?: string;
  /** Field lines that must be among the request's, as `name: value`. */
  readonly fields?: readonly string[];
  /** @defaultValue none */
  readonly trailers?: readonly string[];
}

/** What a server must make of the bytes of a client. */
export interface RequestVerdict {
  /** The requests that are served, before any refusal. */
  readonly requests: readonly WantedRequest[];
  /** Then a refusal with this status, for this rule; undefined when nothing is refused. */
  readonly status?: number;
  readonly rule?: ProtocolRule;
  /** Whether the connection takes another request then. */
  readonly persistent: boolean;
  /** Whether the bytes end within a request, whose rest the server waits for. */
  readonly unfinished: boolean;
}

/** Bytes a client may send, and what must come of them. */
export interface RequestCase {
  readonly name: string;
  /** The section of a standard, or the class of attack. */
  readonly rule: string;
  /** Latin1 text: one character a byte. */
  readonly input: string;
  readonly expect: RequestVerdict;
}

/** What a client must make of the bytes of a server. */
export interface ResponseVerdict {
  readonly status?: number;
  readonly body?: string;
  readonly fields?: readonly string[];
  readonly trailers?: readonly string[];
  readonly interims?: readonly number[];
  /** The rule that is broken, or the code of another failure; of the head, or of the content after it. */
  readonly failure?: string;
  /** Whether the connection takes another call. */
  readonly reusable: boolean;
}

/** Bytes a server may send, and what must come of them. */
export interface ResponseCase {
  readonly name: string;
  readonly rule: string;
  /** Method of the request that is answered. @defaultValue GET */
  readonly method?: string;
  /** Protocols that the request offered to switch to. */
  readonly upgrade?: string;
  readonly input: string;
  /** Whether the server closes the connection after its bytes. @defaultValue false */
  readonly ends?: boolean;
  readonly expect: ResponseVerdict;
}

/** Served: all of these, and the connection stays. */
export function serves(...requests: WantedRequest[]): RequestVerdict {
  return { requests, persistent: true, unfinished: false };
}

/** Served: all of these, then the connection closes. */
export function servesLast(...requests: WantedRequest[]): RequestVerdict {
  return { requests, persistent: false, unfinished: false };
}

/** Refused with `status`, after `requests`; the connection closes. */
export function refuses(status: number, rule: ProtocolRule, ...requests: WantedRequest[]): RequestVerdict {
  return { status, rule, requests, persistent: false, unfinished: false };
}

/** Not served yet: the server waits for the rest, after `requests`. */
export function waits(...requests: WantedRequest[]): RequestVerdict {
  return { requests, persistent: true, unfinished: true };
}

/** A good response, after which the connection is free again. */
export function answers(
  status: number,
  rest: Omit<ResponseVerdict, "status" | "reusable"> = {},
): ResponseVerdict {
  return { status, ...rest, reusable: true };
}

/** A good response, after which the connection closes. */
export function answersLast(
  status: number,
  rest: Omit<ResponseVerdict, "status" | "reusable"> = {},
): ResponseVerdict {
  return { status, ...rest, reusable: false };
}

/** A response that must not be used; with `status`, its head was good and its content is not. */
export function fails(
  failure: string,
  rest: Omit<ResponseVerdict, "failure" | "reusable"> = {},
): ResponseVerdict {
  return { failure, ...rest, reusable: false };
}

/** A GET with these lines added, each with its CRLF. */
export function get(...lines: string[]): string {
  return message("GET / HTTP/1.1", "Host: a", ...lines);
}

/** A POST with these lines added, then `content`. */
export function post(lines: readonly string[], content: string): string {
  return message("POST / HTTP/1.1", "Host: a", ...lines) + content;
}

/** A POST in the chunked coding, whose chunked content is `coded` as it stands. */
export function chunked(coded: string, ...lines: string[]): string {
  return post(["Transfer-Encoding: chunked", ...lines], coded);
}

/** A start line and fields with CRLF after each, and the empty line. */
export function message(...lines: string[]): string {
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** A request that must never be reached: its path tells in a failing test what went wrong. */
export const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
