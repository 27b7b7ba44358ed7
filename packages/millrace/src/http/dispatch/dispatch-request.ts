import type { Random } from "../../base/random.js";
import { type Body, emptyBody } from "../../wire/http/body.js";
import { FieldId } from "../../wire/http/field-id.js";
import type { Fields } from "../../wire/http/fields.js";
import type { HttpRequest } from "../../wire/http/message.js";
import { type BodySource, contentOf } from "../body/content.js";
import { withToldLength } from "../body/told-length.js";
import { appendField, authorityOf, type FieldsInit, fieldsFrom } from "../fields-from.js";
import { type Query, withQuery } from "../request/query.js";

/** What undici asks a dispatcher to send: the part of its options that has a meaning here. */
export interface DispatchOptions {
  /** Scheme and authority alone; `http` and none where it is left out. */
  readonly origin?: string | URL | undefined;
  /** Path with query, or a whole URL, of which they are taken. */
  readonly path: string;
  /** A token, sent as it is. */
  readonly method: string;
  /** Content: whatever `createRequester` takes, and Node's streams. */
  readonly body?: unknown;
  /** Names and values one after the other, pairs, or an object. */
  readonly headers?: unknown;
  /** Parameters to add to the path. */
  readonly query?: object | undefined;
  /** Protocols to ask for; `true` for those of the `Upgrade` header. */
  readonly upgrade?: boolean | string | null | undefined;
  /** Whether to wait for 100 Continue before the content is sent. */
  readonly expectContinue?: boolean | undefined;
  /** Longest wait for the response's head, in milliseconds; 0 for no limit but the service's. */
  readonly headersTimeout?: number | null | undefined;
  /** Longest wait for the next piece of the content, in milliseconds; 0 for no limit but the service's. */
  readonly bodyTimeout?: number | null | undefined;
}

/**
 * Makes a request of what undici dispatches.
 *
 * @throws TypeError when it cannot be sent
 */
export function requestOf(options: DispatchOptions, random: Random): HttpRequest {
  const { method, path, query } = options;
  if (typeof path !== "string" || path === "") throw new TypeError("path must be a string");
  const fields = headersOf(options.headers);
  const url = originOf(options);
  const body = bodyOf(options.body, fields, random);
  if (options.expectContinue && !fields.hasId(FieldId.expect) && body.kind !== "empty") {
    fields.push(FieldId.expect, "Expect", "100-continue");
  }
  return {
    method,
    target: {
      form: "origin",
      path: query ? withQuery(pathOf(path), query as Query) : pathOf(path),
      authority: authorityOf(fields, url?.host ?? ""),
      scheme: url?.protocol.slice(0, -1) ?? "http",
    },
    minorVersion: 1,
    fields,
    body,
    upgrade: upgradeOf(options.upgrade, fields),
  };
}

function originOf({ origin }: DispatchOptions): URL | undefined {
  if (origin === undefined) return undefined;
  const url = new URL(origin);
  const { pathname, search, hash, username, password } = url;
  if ((pathname === "" || pathname === "/") && search + hash + username + password === "") return url;
  throw new TypeError(
    `origin must be scheme, host and port alone: what else one of ${url.host} says is in no request`,
  );
}

/** A path may come as a whole URL. */
function pathOf(path: string): string {
  if (path.charCodeAt(0) === 0x2f || path === "*") return path;
  const url = new URL(path);
  return url.pathname + url.search;
}

function headersOf(headers: unknown): Fields {
  if (headers === undefined || headers === null) return fieldsFrom(undefined);
  if (!Array.isArray(headers) || Array.isArray(headers[0])) return fieldsFrom(headers as FieldsInit);
  const fields = fieldsFrom(undefined);
  const flat: readonly unknown[] = headers;
  for (let at = 0; at + 1 < flat.length; at += 2) {
    const value = flat[at + 1];
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      appendField(fields, textOf(flat[at]), textOf(one));
    }
  }
  return fields;
}

function textOf(value: unknown): string {
  return Buffer.isBuffer(value) ? value.toString("latin1") : String(value);
}

function bodyOf(source: unknown, fields: Fields, random: Random): Body {
  if (source === undefined || source === null) return emptyBody;
  const { body, type } = contentOf(source as BodySource, random);
  if (type?.startsWith("multipart/") && !fields.hasId(FieldId.contentType)) {
    fields.push(FieldId.contentType, "Content-Type", type);
  }
  return withToldLength(body, fields);
}

function upgradeOf(upgrade: boolean | string | null | undefined, fields: Fields): string | undefined {
  if (typeof upgrade === "string") return upgrade;
  return upgrade === true ? fields.getId(FieldId.upgrade) : undefined;
}
