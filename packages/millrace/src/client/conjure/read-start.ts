import type { Body } from "../../wire/http/body.js";

/**
 * The first `maxBytes` of a body as text; what is beyond is given up, and so is the connection it
 * comes on. What cannot be read as UTF-8 becomes U+FFFD.
 *
 * @throws whatever broke the body off
 */
export async function readStart(body: Body, maxBytes: number): Promise<string> {
  if (body.kind === "empty") return "";
  // Bytes cut in the middle of a character are dropped, not replaced.
  const decoder = new TextDecoder();
  if (body.kind === "bytes") return decoder.decode(body.bytes.subarray(0, maxBytes), { stream: true });
  let text = "";
  let left = maxBytes;
  for await (const chunk of body) {
    text += decoder.decode(chunk.subarray(0, left), { stream: true });
    left -= chunk.length;
    if (left < 0) return text;
  }
  return text + decoder.decode();
}
