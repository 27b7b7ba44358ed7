import { FetchHeaders } from "./fetch-headers.js";
import { FetchResponse } from "./fetch-response.js";

/**
 * Puts the web's prototypes behind ours, so that `instanceof Response` and `instanceof Headers` say yes. Done when
 * the first `fetch` is made, as Node loads those classes when they are first named.
 */
export function looksLikeResponse(): void {
  if (FetchResponse.prototype instanceof Response) return;
  Object.setPrototypeOf(FetchResponse.prototype, Response.prototype as object);
  Object.setPrototypeOf(FetchHeaders.prototype, Headers.prototype as object);
}
