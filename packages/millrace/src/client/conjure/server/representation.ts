/**
 * Fields that a handler may have set for a success before it threw, and that are not true of an error: what the
 * content would have been, and how long it may be kept.
 */
export const representationFields: readonly string[] = [
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-length",
  "content-location",
  "content-range",
  "content-type",
  "etag",
  "expires",
  "last-modified",
];
