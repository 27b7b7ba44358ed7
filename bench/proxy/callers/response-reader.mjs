/**
 * @typedef {object} Answer
 * @property {number} status
 * @property {boolean} reusable whether the connection may carry another request
 */

/**
 * Finds the ends of HTTP/1.1 responses in the bytes of one connection.
 *
 * Just enough of the protocol for a load generator whose peers are known: one
 * response at a time, to a GET, with a length or chunked or ended by the close.
 */
export class ResponseReader {
  /** @type {Buffer} */
  #bytes = Buffer.alloc(0);

  /** Adds what arrived; returns the response if it is complete now. */
  push(/** @type {Buffer} */ chunk) {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    return this.#take(false);
  }

  /** Tells that the connection has closed; returns the response if that ended one. */
  end() {
    return this.#take(true);
  }

  /** @returns {Answer | undefined} */
  #take(/** @type {boolean} */ closed) {
    const headEnd = this.#bytes.indexOf("\r\n\r\n");
    if (headEnd < 0) return undefined;
    const head = this.#bytes.toString("latin1", 0, headEnd);
    const bodyStart = headEnd + 4;
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    const chunked = /^transfer-encoding: *chunked/im.test(head);
    const framed = length !== undefined || chunked;

    if (length !== undefined && this.#bytes.length < bodyStart + Number(length)) return undefined;
    if (chunked && !this.#lastChunkAfter(bodyStart)) return undefined;
    if (!framed && !closed) return undefined;

    this.#bytes = Buffer.alloc(0);
    return { status: Number(head.slice(9, 12)), reusable: framed && !/^connection: *close/im.test(head) };
  }

  #lastChunkAfter(/** @type {number} */ bodyStart) {
    const body = this.#bytes.subarray(bodyStart);
    return body.equals(lastChunk) || body.subarray(-7).equals(lastChunkAfterAnother);
  }
}

const lastChunk = Buffer.from("0\r\n\r\n");
const lastChunkAfterAnother = Buffer.from("\r\n0\r\n\r\n");
