import type { CallOptions } from "../call/call-options.js";
import type { Endpoint } from "../call/endpoint.js";
import { PathTemplate } from "./path-template.js";

/** A method and a path template, made ready for calls. */
export interface Route {
  readonly endpoint: Endpoint;
  readonly template: PathTemplate;
  /** What is said of a call that says nothing itself. */
  readonly plain: CallOptions;
}

/** Further routes are made anew for each call: a program that writes values into templates must not fill the memory. */
const mostRoutes = 1_000;

/** Makes routes, each once. */
export class Routes {
  readonly #service: string;
  readonly #known = new Map<string, Route>();

  /** `service` is the name of the API in endpoints. */
  constructor(service: string) {
    this.#service = service;
  }

  /**
   * The route of a method and a template; `name` is what its endpoint is called.
   *
   * @throws MillraceError `invalid-options` when the template is none
   */
  find(method: string, template: string, name: string | undefined): Route {
    const key = name === undefined ? `${method} ${template}` : `${method} ${template} ${name}`;
    const known = this.#known.get(key);
    if (known) return known;
    const endpoint = {
      service: this.#service,
      version: undefined,
      name: name ?? key,
      method,
      path: template,
    };
    const route = { endpoint, template: new PathTemplate(template), plain: { endpoint } };
    if (this.#known.size < mostRoutes) this.#known.set(key, route);
    return route;
  }
}
