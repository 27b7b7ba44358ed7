/**
 * A chunk of content as bytes: text becomes UTF-8, other views and buffers are looked at as bytes.
 *
 * @throws TypeError when it is none of these
 */
export function asBytes(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (typeof chunk === "string") return Buffer.from(chunk, "utf8");
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (chunk instanceof ArrayBuffer || chunk instanceof SharedArrayBuffer) return new Uint8Array(chunk);
  throw new TypeError(`a chunk of a body is bytes or text, not ${describe(chunk)}`);
}

function describe(value: unknown): string {
  return value === null ? "null" : typeof value;
}
