import { readLatin1 } from "../stream/latin1.js";
import { HeldBytes } from "./held-bytes.js";

/** Reads of up to this many bytes are taken as one text, in which small messages stay whole. */
const textLimit = 16 * 1024;

const nothing: Buffer = Buffer.alloc(0);

/**
 * Finds message heads in what a connection reads, however it is split, and keeps what came too early.
 *
 * After a head was found, {@link source}, {@link text} and {@link available} tell where it was, so that
 * the body can be taken from there; {@link keepRest} ends that.
 */
export class HeadReader<Head> {
  readonly #parse: (text: string) => Head | undefined;
  #headBytes: number;
  #held: HeldBytes | undefined;
  #source: Buffer = nothing;
  #text = "";
  #available = 0;

  /** `parse` gives undefined for a head that is not whole, and throws for one that cannot become right. */
  constructor(parse: (text: string) => Head | undefined, headBytes: number) {
    this.#parse = parse;
    this.#headBytes = headBytes;
  }

  /** Replaces the most bytes of a head: counts from the next read on. */
  limit(headBytes: number): void {
    this.#headBytes = headBytes;
  }

  /** Bytes kept: part of a head, or messages sent ahead. */
  get heldBytes(): number {
    return this.#held === undefined ? 0 : this.#held.length;
  }

  /** The bytes that the head found begins. */
  get source(): Buffer {
    return this.#source;
  }

  /** The first of {@link source} as latin1, the head whole and what came with it as far as is cheap. */
  get text(): string {
    return this.#text;
  }

  /** How many bytes of {@link source} there are. */
  get available(): number {
    return this.#available;
  }

  /**
   * Takes the first `length` bytes of `buffer`, after what is held.
   *
   * @returns the head they complete; undefined when more is needed, and all has been kept
   * @throws ProtocolError what the parser throws
   */
  read(buffer: Buffer, length: number): Head | undefined {
    const held = this.#held;
    if (held === undefined || held.length === 0) {
      const head = this.#find(buffer, length);
      if (head === undefined) this.keep(buffer, 0, length);
      return head;
    }
    held.append(buffer, 0, length);
    if (!held.worthParsing(length, this.#headBytes)) return undefined;
    const head = this.#find(held.buffer, held.length);
    if (head !== undefined) held.clear();
    return head;
  }

  /** Keeps what came after the message that ends at `end`, and lets go of the rest. */
  keepRest(end: number): void {
    if (end < this.#available) this.keep(this.#source, end, this.#available);
    this.#source = nothing;
    this.#text = "";
  }

  /** Keeps bytes that came while nobody could look at them. */
  keep(buffer: Buffer, start: number, end: number): void {
    this.#held ??= new HeldBytes();
    this.#held.append(buffer, start, end);
  }

  /** Hands over what is held, as bytes that belong to no head. */
  takeHeld(): Buffer {
    return this.#held === undefined ? nothing : this.#held.take();
  }

  #find(source: Buffer, available: number): Head | undefined {
    this.#source = source;
    this.#available = available;
    this.#text = readLatin1(source, 0, Math.min(available, textLimit));
    const head = this.#parse(this.#text);
    if (head !== undefined || available <= textLimit) return head;
    this.#text = readLatin1(source, 0, Math.min(available, this.#headBytes));
    return this.#parse(this.#text);
  }
}
