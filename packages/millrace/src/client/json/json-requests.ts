import type { Random } from "../../base/random.js";
import { type Content, contentOf, noContent } from "../../http/body/content.js";
import { fieldsFrom } from "../../http/fields-from.js";
import { withQuery } from "../../http/request/query.js";
import { BytesBody } from "../../wire/http/body.js";
import { FieldId } from "../../wire/http/field-id.js";
import { Fields } from "../../wire/http/fields.js";
import type { HttpRequest } from "../../wire/http/message.js";
import type { CallOptions } from "../call/call-options.js";
import type { Endpoint } from "../call/endpoint.js";
import { SentBody } from "../call/sent-body.js";
import type { JsonCallOptions } from "./json-options.js";
import type { RequestKind } from "./ready-fields.js";
import { type Route, Routes } from "./routes.js";

/** What the requests of a JSON face say beside what their callers do. */
export interface JsonRequestsOptions {
  /** Name of the API in endpoints. */
  readonly service: string;
  /**
   * Adds fields that all requests have, to fields that are this face's own.
   * @defaultValue none are added
   */
  readonly addFields?: ((fields: Fields, endpoint: Endpoint) => void) | undefined;
  /**
   * Whether a call of which this is said would be tried again if it failed. Then its request says so at
   * once, and no layer need copy it to say it.
   * @defaultValue requests do not say
   */
  readonly canRetry?: ((said: CallOptions) => boolean) | undefined;
}

const json = "application/json";

/** Makes requests of what callers give. */
export class JsonRequests {
  readonly #routes: Routes;
  readonly #options: JsonRequestsOptions;
  readonly #random: Random;

  constructor(options: JsonRequestsOptions, random: Random) {
    const fieldsOf = (endpoint: Endpoint, { hasJson, canRetry }: RequestKind) => {
      return this.#fill(new Fields(), endpoint, { type: hasJson ? json : undefined, canRetry });
    };
    this.#routes = new Routes({ service: options.service, fieldsOf });
    this.#options = options;
    this.#random = random;
  }

  /**
   * The route of a method and a template; `name` is what its endpoint is called.
   *
   * @throws MillraceError `invalid-options` when the template is none
   */
  route(method: string, template: string, name: string | undefined): Route {
    return this.#routes.find(method, template, name);
  }

  /**
   * The request of a call, of which `said` is said.
   *
   * @throws TypeError when a header or the content cannot be sent
   * @throws MillraceError `invalid-options` when a parameter of the path is missing or cannot be sent
   */
  make(route: Route, options: JsonCallOptions, said: CallOptions): HttpRequest {
    const { path, query, headers } = options;
    const filled = route.template.fill(path);
    const own = headers === undefined ? undefined : fieldsFrom(headers);
    const { body, type, again } = this.#content(options);
    const canRetry = this.#options.canRetry?.(said) ?? false;
    const isReady = own === undefined && (type === undefined || type === json);
    return {
      method: route.endpoint.method,
      target: {
        form: "origin",
        path: query === undefined ? filled : withQuery(filled, query),
        authority: "",
        scheme: "http",
      },
      minorVersion: 1,
      fields: isReady
        ? route.ready.of({ hasJson: type === json, canRetry })
        : this.#fill(own ?? new Fields(), route.endpoint, { type, canRetry }),
      body: body.kind === "stream" ? new SentBody(body, again) : body,
    };
  }

  #content({ body, content }: JsonCallOptions): Content {
    if (body === undefined) return content === undefined ? noContent : contentOf(content, this.#random);
    if (content !== undefined) throw new TypeError("a call has a body or content, not both");
    return jsonContent(body);
  }

  /** Adds to fields what all requests of that kind to an endpoint say. */
  #fill(
    fields: Fields,
    endpoint: Endpoint,
    { type, canRetry }: { readonly type: string | undefined; readonly canRetry: boolean },
  ): Fields {
    if (!fields.hasId(FieldId.accept)) fields.push(FieldId.accept, "Accept", json);
    if (type !== undefined && !fields.hasId(FieldId.contentType)) {
      fields.push(FieldId.contentType, "Content-Type", type);
    }
    this.#options.addFields?.(fields, endpoint);
    if (canRetry && !fields.has("client-can-retry")) fields.push(FieldId.other, "client-can-retry", "true");
    return fields;
  }
}

const ascii = /^[\0-\x7f]*$/;

function jsonContent(value: unknown): Content {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError(`cannot send a ${typeof value} as JSON`);
  // Text of one byte a character needs no encoding.
  const body = ascii.test(text) ? BytesBody.ofLatin1(text) : BytesBody.ofText(text);
  return { body, type: json, again: undefined };
}
