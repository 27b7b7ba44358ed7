interface Latin1Sliceable {
  latin1Slice?(start: number, end: number): string;
}

/**
 * Reads bytes as text of one character a byte. Node's own `latin1Slice`, which is not in its documents,
 * spares the choice of an encoding on each call; without it `toString` does the same.
 */
export const readLatin1: (buffer: Buffer, start: number, end: number) => string =
  typeof (Buffer.prototype as Latin1Sliceable).latin1Slice === "function"
    ? (buffer, start, end) => (buffer as Latin1Sliceable).latin1Slice!(start, end)
    : (buffer, start, end) => buffer.toString("latin1", start, end);
