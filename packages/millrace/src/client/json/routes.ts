import { invalidOption } from "../../base/options.js";
import { isToken } from "../../wire/http/characters.js";
import type { Fields } from "../../wire/http/fields.js";
import type { CallOptions } from "../call/call-options.js";
import type { Endpoint } from "../call/endpoint.js";
import { PathTemplate } from "./path-template.js";
import { ReadyFields, type RequestKind } from "./ready-fields.js";

/** A method and a path template, made ready for calls. */
export interface Route {
  readonly endpoint: Endpoint;
  readonly template: PathTemplate;
  /** What is said of a call that says nothing itself. */
  readonly plain: CallOptions;
  /** The fields of requests that have none of their own. */
  readonly ready: ReadyFields;
}

/** What routes are made with. */
export interface RoutesOptions {
  /** Name of the API in endpoints. */
  readonly service: string;
  /** Makes the fields of a request to an endpoint that has none of its own. */
  readonly fieldsOf: (endpoint: Endpoint, kind: RequestKind) => Fields;
}

/** Further routes are made anew for each call: a program that writes values into templates must not fill the memory. */
const mostRoutes = 1_000;

/** Makes routes, each once. */
export class Routes {
  readonly #options: RoutesOptions;
  /** By template, then by method. Templates are literals mostly: to look one up makes no text. */
  readonly #known = new Map<string, Map<string, Route>>();
  readonly #named = new Map<string, Route>();
  #kept = 0;

  constructor(options: RoutesOptions) {
    this.#options = options;
  }

  /**
   * The route of a method and a template; `name` is what its endpoint is called.
   *
   * @throws MillraceError `invalid-options` when the template is none
   */
  find(method: string, template: string, name: string | undefined): Route {
    return name === undefined ? this.#plain(method, template) : this.#ofName(method, template, name);
  }

  #plain(method: string, template: string): Route {
    const methods = this.#known.get(template);
    const known = methods?.get(method);
    if (known) return known;
    const route = this.#make(method, template, `${method} ${template}`);
    if (!this.#mayKeep()) return route;
    if (methods) methods.set(method, route);
    else this.#known.set(template, new Map([[method, route]]));
    return route;
  }

  #ofName(method: string, template: string, name: string): Route {
    const key = `${method} ${template} ${name}`;
    const known = this.#named.get(key);
    if (known) return known;
    const route = this.#make(method, template, name);
    if (this.#mayKeep()) this.#named.set(key, route);
    return route;
  }

  #make(method: string, template: string, name: string): Route {
    const { service, fieldsOf } = this.#options;
    if (typeof method !== "string" || !isToken(method)) {
      throw invalidOption("call.method", 'the name of a method such as "GET"', JSON.stringify(method));
    }
    const endpoint = { service, version: undefined, name, method, path: template };
    const ready = new ReadyFields((kind) => fieldsOf(endpoint, kind));
    return { endpoint, template: new PathTemplate(template), plain: { endpoint }, ready };
  }

  #mayKeep(): boolean {
    if (this.#kept >= mostRoutes) return false;
    this.#kept += 1;
    return true;
  }
}
