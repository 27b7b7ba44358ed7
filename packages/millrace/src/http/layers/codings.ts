import type { Transform } from "node:stream";
import * as zlib from "node:zlib";

/** A content coding (RFC 9110 §8.4.1) that can be undone. */
export interface Coding {
  /** Makes the transform for content that begins with byte `first`. */
  decoder(first: number): Transform;
  /** Decodes content that is here as a whole. */
  whole(bytes: Uint8Array, bounds: { readonly maxOutputLength: number }): Buffer;
}

const gzip: Coding = {
  decoder: () => zlib.createGunzip(),
  whole: (bytes, bounds) => zlib.gunzipSync(bytes, bounds),
};

const deflate: Coding = {
  decoder: (first) => (hasZlibHeader(first) ? zlib.createInflate() : zlib.createInflateRaw()),
  whole: (bytes, bounds) =>
    hasZlibHeader(bytes[0]!) ? zlib.inflateSync(bytes, bounds) : zlib.inflateRawSync(bytes, bounds),
};

const brotli: Coding = {
  decoder: () => zlib.createBrotliDecompress(),
  whole: (bytes, bounds) => zlib.brotliDecompressSync(bytes, bounds),
};

/** Node has it from 22.15 on; see {@link cutFrame} for which versions it is used of. */
interface WithZstd {
  readonly createZstdDecompress?: () => Transform;
  readonly zstdDecompressSync?: (bytes: Uint8Array, bounds: object) => Buffer;
}

const { createZstdDecompress, zstdDecompressSync } = zlib as WithZstd;

/** A frame without its end. Some versions of Node take it for a whole one, and so cannot be trusted with any. */
const cutFrame = Buffer.from("KLUv/SAbfQAASGN1dCBzaG9ydAEA", "base64");

const zstd: Coding | undefined =
  createZstdDecompress && zstdDecompressSync && refusesCutFrame(zstdDecompressSync)
    ? { decoder: createZstdDecompress, whole: zstdDecompressSync }
    : undefined;

/** The value of `Accept-Encoding` that names all codings known here. */
export const codingsOffered: string = zstd ? "gzip, deflate, br, zstd" : "gzip, deflate, br";

/** The coding of that name, in lower case. */
export function codingOf(name: string): Coding | undefined {
  switch (name) {
    case "gzip":
    case "x-gzip":
      return gzip;
    case "deflate":
      return deflate;
    case "br":
      return brotli;
    case "zstd":
      return zstd;
    default:
      return undefined;
  }
}

/** Some servers send raw deflate data under this name; its first byte tells (RFC 1950 §2.2). */
function hasZlibHeader(first: number): boolean {
  return (first & 0x0f) === 8;
}

function refusesCutFrame(decompress: (bytes: Uint8Array, bounds: object) => Buffer): boolean {
  try {
    decompress(cutFrame, {});
    return false;
  } catch {
    return true;
  }
}
