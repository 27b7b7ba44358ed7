import type { Random } from "../../../base/random.js";
import { type BodySource, type Content, contentOf, noContent } from "../../../http/body/content.js";
import type { MediaType } from "./media-type.js";
import { encodeParameters } from "./plain-text.js";

/**
 * Writes what is to be sent in the media type that the endpoint takes; nothing for null.
 *
 * @throws TypeError when the data cannot be written in it
 */
export function requestContent(data: unknown, mediaType: MediaType, random: Random): Content {
  if (data === null || data === undefined) return noContent;
  switch (mediaType) {
    case "application/json":
      return typed(jsonText(data), mediaType, random);
    case "application/octet-stream":
      return { ...contentOf(data as BodySource, random), type: mediaType };
    case "multipart/form-data":
      return formContent(data, random);
    case "application/x-www-form-urlencoded":
      return typed(formText(data), mediaType, random);
    case "text/plain":
      if (typeof data === "object") throw new TypeError("cannot send an object as text/plain");
      return typed(String(data), mediaType, random);
  }
}

/** JSON has no form for numbers that are not finite; Conjure writes them as text. */
function jsonText(data: unknown): string {
  const text = JSON.stringify(data);
  if (text === undefined) throw new TypeError(`cannot send a ${typeof data} as application/json`);
  // They come out as null, so that most texts need no second look.
  return text.includes("null") ? JSON.stringify(data, notFiniteAsText) : text;
}

function notFiniteAsText(_name: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

function typed(text: string, type: MediaType, random: Random): Content {
  return { ...contentOf(text, random), type };
}

/** The media type of a form has a boundary, which only its encoder knows. */
function formContent(data: unknown, random: Random): Content {
  const content = contentOf(data as BodySource, random);
  if (content.type?.startsWith("multipart/form-data") === true) return content;
  throw new TypeError("multipart/form-data takes FormData");
}

function formText(data: unknown): string {
  if (data instanceof URLSearchParams) return data.toString();
  if (typeof data === "object" && data !== null) return encodeParameters(data as Record<string, unknown>);
  throw new TypeError("application/x-www-form-urlencoded takes an object or URLSearchParams");
}
