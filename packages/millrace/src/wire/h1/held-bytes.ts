/**
 * Bytes kept from one read to the next: a head that has not come whole, or requests sent ahead.
 *
 * Says when a longer head is worth parsing again, so that a peer that sends byte by byte costs work in
 * proportion to what it sends.
 */
export class HeldBytes {
  #buffer: Buffer = empty;
  #length = 0;
  #parsed = 0;

  /** How many bytes are held. */
  get length(): number {
    return this.#length;
  }

  /** Where they are: the first {@link length} bytes. */
  get buffer(): Buffer {
    return this.#buffer;
  }

  /** Keeps a copy of `source` from `start` up to `end` after what is held. */
  append(source: Buffer, start: number, end: number): void {
    const needed = this.#length + end - start;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#length));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    source.copy(this.#buffer, this.#length, start, end);
    this.#length = needed;
  }

  /** Whether parsing again can tell more than last time: a line has ended, or much has been added. */
  worthParsing(added: number, limit: number): boolean {
    const lineEnded = this.#buffer.subarray(this.#length - added, this.#length).includes(0x0a);
    if (!lineEnded && this.#length < 2 * this.#parsed && this.#length < limit) return false;
    this.#parsed = this.#length;
    return true;
  }

  /** Hands over what is held, and holds nothing any more. */
  take(): Buffer {
    const bytes = this.#buffer.subarray(0, this.#length);
    this.clear();
    return bytes;
  }

  /** Forgets what is held. */
  clear(): void {
    this.#buffer = empty;
    this.#length = 0;
    this.#parsed = 0;
  }
}

const empty = Buffer.alloc(0);
