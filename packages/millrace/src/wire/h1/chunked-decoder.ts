import { hexTable, tokenTable } from "../http/characters.js";
import { FieldId } from "../http/field-id.js";
import { Fields } from "../http/fields.js";
import { readLatin1 } from "../stream/latin1.js";
import { parseFieldLines } from "./field-lines.js";
import type { MessageLimits } from "./limits.js";
import { ProtocolError } from "./protocol-error.js";

/** Takes what a decoder finds. */
export interface ContentReceiver {
  /** The next bytes of content: `buffer` from `start` up to `end`, there until this returns. */
  content(buffer: Buffer, start: number, end: number): void;
}

type State = "size" | "extension" | "size-lf" | "data" | "data-cr" | "data-lf" | "trailers" | "done";

const cr = 0x0d;
const lf = 0x0a;
const semicolon = 0x3b;

/** Sixteen digits could pass 2^53; a chunk of fourteen is 72 petabytes, and no one's. */
const longestSize = 13;

/**
 * Decodes the chunked coding (RFC 9112 §7.1) as the bytes come, however they are split.
 *
 * Strict: hexadecimal digits only, CRLF only, extensions by their grammar and bounded in sum, trailers
 * held to the same rules as a head. Extensions are dropped.
 */
export class ChunkedDecoder {
  readonly #limits: MessageLimits;
  #state: State = "size";
  #size = 0;
  #digits = 0;
  #extensionBytes = 0;
  #extension: ExtensionGrammar | undefined;
  #received = 0;
  #tail = "";
  #trailers: Fields | undefined;

  constructor(limits: MessageLimits) {
    this.#limits = limits;
  }

  /** Whether the last chunk and the trailers have passed. */
  get done(): boolean {
    return this.#state === "done";
  }

  /** The trailer fields, if there were any. */
  get trailers(): Fields | undefined {
    return this.#trailers;
  }

  /**
   * Decodes `buffer` from `start` up to `end`, passing content on.
   *
   * @returns where it stopped: `end`, or the byte after the message when that came first
   * @throws ProtocolError 400, 413 or 431
   */
  feed(buffer: Buffer, start: number, end: number, receiver: ContentReceiver): number {
    let at = start;
    while (at < end && this.#state !== "done") {
      if (this.#state === "data") {
        const stop = Math.min(end, at + this.#size);
        this.#size -= stop - at;
        if (this.#size === 0) this.#state = "data-cr";
        receiver.content(buffer, at, stop);
        at = stop;
      } else if (this.#state === "trailers") {
        at = this.#feedTrailers(buffer, at, end);
      } else {
        this.#step(buffer[at]!);
        at++;
      }
    }
    return at;
  }

  /** Takes one byte outside of data and trailers. */
  #step(byte: number): void {
    switch (this.#state) {
      // Next: size, extension, size-lf.
      case "size":
        this.#stepSize(byte);
        break;
      // Next: extension, size-lf.
      case "extension":
        if (byte === cr && this.#extension!.complete) this.#state = "size-lf";
        else if (++this.#extensionBytes > this.#limits.chunkExtensionBytes)
          throw extensionsTooLong(this.#limits);
        else this.#extension!.step(byte);
        break;
      // Next: data, trailers.
      case "size-lf":
        if (byte !== lf) throw badByte("chunk-size", byte, "after the carriage return of a chunk size");
        this.#beginChunk();
        break;
      // Next: data-lf.
      case "data-cr":
        if (byte !== cr) throw badByte("chunk-data", byte, "where a chunk should end");
        this.#state = "data-lf";
        break;
      // Next: size.
      case "data-lf":
        if (byte !== lf) throw badByte("chunk-data", byte, "where a chunk should end");
        this.#state = "size";
        this.#digits = 0;
        break;
    }
  }

  #stepSize(byte: number): void {
    const digit = hexTable[byte]!;
    if (digit !== 255) {
      if (++this.#digits > longestSize)
        throw new ProtocolError("chunk-size", 400, "a chunk size of too many digits");
      this.#size = this.#size * 16 + digit;
    } else if (this.#digits === 0) {
      throw badByte("chunk-size", byte, "where a chunk size should begin");
    } else if (byte === cr) {
      this.#state = "size-lf";
    } else if (byte === semicolon) {
      if (++this.#extensionBytes > this.#limits.chunkExtensionBytes) throw extensionsTooLong(this.#limits);
      this.#extension = new ExtensionGrammar();
      this.#state = "extension";
    } else {
      throw badByte("chunk-size", byte, "in a chunk size");
    }
  }

  #beginChunk(): void {
    this.#extension = undefined;
    this.#received += this.#size;
    if (this.#received > this.#limits.bodyBytes) {
      throw new ProtocolError("body-limit", 413, `content of more than ${this.#limits.bodyBytes} bytes`);
    }
    this.#state = this.#size === 0 ? "trailers" : "data";
  }

  #feedTrailers(buffer: Buffer, start: number, end: number): number {
    const held = this.#tail.length;
    // The limit, the empty line, and one byte to see that it is passed.
    const room = this.#limits.trailerBytes + 3 - held;
    const text = this.#tail + readLatin1(buffer, start, Math.min(end, start + room));
    const fields = new Fields();
    const stop = parseFieldLines(text, 0, fields, trailerLimits(this.#limits));
    if (stop < 0) {
      if (text.length >= this.#limits.trailerBytes + 3) throw trailersTooLong(this.#limits);
      this.#tail = text;
      return end;
    }
    this.#state = "done";
    this.#tail = "";
    if (fields.size > 0) {
      requireHarmless(fields);
      this.#trailers = fields;
    }
    return start + stop - held;
  }
}

/** The grammar of chunk extensions (RFC 9112 §7.1.1): `;name`, `;name=token`, `;name="quoted"`, without blanks. */
class ExtensionGrammar {
  #state: "name" | "value" | "token" | "quoted" | "escaped" | "after" = "name";
  #length = 0;

  /** Whether an extension may end here. */
  get complete(): boolean {
    return (
      this.#state === "after" || ((this.#state === "name" || this.#state === "token") && this.#length > 0)
    );
  }

  step(byte: number): void {
    if (this.#state === "quoted" || this.#state === "escaped") this.#stepQuoted(byte);
    else if (byte === semicolon && this.complete) this.#begin("name");
    else if (byte === 0x3d && this.#state === "name" && this.#length > 0) this.#begin("value");
    else if (byte === 0x22 && this.#state === "value") this.#begin("quoted");
    else if (this.#state !== "after" && tokenTable[byte] === 1) {
      if (this.#state === "value") this.#state = "token";
      this.#length++;
    } else throw badByte("chunk-extension", byte, "in a chunk extension");
  }

  #stepQuoted(byte: number): void {
    const printable = byte === 0x09 || (byte >= 0x20 && byte !== 0x7f);
    if (!printable) throw badByte("chunk-extension", byte, "in a quoted chunk extension");
    if (this.#state === "escaped") this.#state = "quoted";
    else if (byte === 0x5c) this.#state = "escaped";
    else if (byte === 0x22) this.#begin("after");
  }

  #begin(state: "name" | "value" | "quoted" | "after"): void {
    this.#state = state;
    this.#length = 0;
  }
}

/** Fields that frame, route or authorise, which a trailer must not carry (RFC 9110 §6.5.1). */
function requireHarmless(trailers: Fields): void {
  for (let at = 0; at < trailers.size; at++) {
    switch (trailers.idAt(at)) {
      case FieldId.contentLength:
      case FieldId.transferEncoding:
      case FieldId.host:
      case FieldId.authorization:
      case FieldId.proxyAuthorization:
      case FieldId.cookie:
      case FieldId.forwarded:
      case FieldId.xForwardedFor:
      case FieldId.xForwardedHost:
      case FieldId.xForwardedPort:
      case FieldId.xForwardedProto:
        throw new ProtocolError("trailer", 400, `${trailers.nameAt(at)} in a trailer`);
    }
  }
}

function trailerLimits(limits: MessageLimits) {
  return {
    fieldLineBytes: Math.min(limits.fieldLineBytes, limits.trailerBytes),
    fieldCount: limits.fieldCount,
  };
}

function trailersTooLong(limits: MessageLimits): ProtocolError {
  return new ProtocolError("trailer-limit", 431, `trailers of more than ${limits.trailerBytes} bytes`);
}

function extensionsTooLong(limits: MessageLimits): ProtocolError {
  return new ProtocolError(
    "chunk-extension-limit",
    413,
    `chunk extensions of more than ${limits.chunkExtensionBytes} bytes`,
  );
}

function badByte(
  rule: "chunk-size" | "chunk-extension" | "chunk-data",
  byte: number,
  where: string,
): ProtocolError {
  const shown = `0x${byte.toString(16).padStart(2, "0")}`;
  if (byte === lf) return new ProtocolError(rule, 400, `a line feed without a carriage return ${where}`);
  return new ProtocolError(rule, 400, `${shown} ${where}`);
}
