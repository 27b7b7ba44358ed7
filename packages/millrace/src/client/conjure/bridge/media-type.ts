/** The media types of requests and responses that generated clients name. */
export type MediaType =
  | "application/json"
  | "application/octet-stream"
  | "application/x-www-form-urlencoded"
  | "multipart/form-data"
  | "text/plain";

const known: ReadonlySet<string> = new Set<MediaType>([
  "application/json",
  "application/octet-stream",
  "application/x-www-form-urlencoded",
  "multipart/form-data",
  "text/plain",
]);

/**
 * Reads the name of a media type.
 *
 * @throws TypeError when it is none of {@link MediaType}
 */
export function mediaTypeOf(text: string): MediaType {
  if (known.has(text)) return text as MediaType;
  throw new TypeError(`unknown media type ${JSON.stringify(text)}, expected one of ${[...known].join(", ")}`);
}

/** How content is given to the caller, by its `Content-Type`. */
export type ContentKind = "json" | "binary" | "text";

const binaryPrefixes = [
  "application/octet-stream",
  "image/",
  "audio/",
  "video/",
  "application/pdf",
  "application/dicom",
  "application/vnd.nitf",
  "application/vnd.openxmlformats-officedocument.presentationml",
  "application/vnd.openxmlformats-officedocument.spreadsheetml",
  "application/vnd.openxmlformats-officedocument.wordprocessingml",
];

/** Sorts content by the value of its `Content-Type`; the parameters of the type do not matter, nor does its case. */
export function contentKind(contentType: string): ContentKind {
  const [type = ""] = contentType.split(";", 1);
  const essence = type.trim().toLowerCase();
  if (essence === "application/json") return "json";
  return binaryPrefixes.some((prefix) => essence.startsWith(prefix)) ? "binary" : "text";
}
