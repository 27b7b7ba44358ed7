import { invalidOption, requireGroup } from "../../base/options.js";
import type { Policy } from "../../service/service.js";
import { isToken } from "../../wire/http/characters.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { setField } from "./set-field.js";

/** One product of a `User-Agent` (RFC 9110 §10.1.5). */
export interface Product {
  /** A token, such as `orders`. */
  readonly name: string;
  /** A token, such as `1.4.2`. @defaultValue none */
  readonly version?: string | undefined;
  /** Said in parentheses behind it, such as `node 20`; no parentheses in it. @defaultValue nothing */
  readonly comment?: string | undefined;
}

/**
 * Says in `User-Agent` who makes the requests: the most important product first. A request that says it itself is left
 * alone.
 *
 * @throws MillraceError `invalid-options` when a product cannot be written
 */
export function userAgent(...products: readonly Product[]): Policy<HttpRequest, HttpResponse> {
  if (products.length === 0) throw invalidOption("userAgent", "at least one product", "none");
  return setField("User-Agent", { value: products.map(written).join(" ") });
}

function written(product: Product): string {
  requireGroup("userAgent", product);
  const { name, version, comment } = product;
  if (typeof name !== "string" || !isToken(name))
    throw invalidOption("userAgent.name", "a token", JSON.stringify(name));
  if (version !== undefined && !isToken(version)) {
    throw invalidOption("userAgent.version", "a token", JSON.stringify(version));
  }
  if (comment !== undefined && !/^[\x20-\x27\x2a-\x5b\x5d-\x7e]+$/.test(comment)) {
    throw invalidOption("userAgent.comment", "visible ASCII without parentheses", JSON.stringify(comment));
  }
  return `${name}${version === undefined ? "" : `/${version}`}${comment === undefined ? "" : ` (${comment})`}`;
}
