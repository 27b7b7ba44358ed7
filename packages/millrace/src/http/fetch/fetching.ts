import { systemClock } from "../../base/clock.js";
import type { Service } from "../../service/service.js";
import { BytesBody, emptyBody } from "../../wire/http/body.js";
import type { Fields } from "../../wire/http/fields.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { collect } from "../body/collect.js";
import { type KeptContent, noContent } from "../body/content.js";
import { discard } from "../body/discard.js";
import type { Destination } from "../destination.js";
import { authorityOf } from "../fields-from.js";
import { FaceCall } from "../request/face-call.js";
import { fetchFailed } from "./fetch-error.js";
import type { FetchPlan, PlanSetting } from "./fetch-plan.js";
import { FetchResponse, isNullBody } from "./fetch-response.js";
import { type Integrity, isIntact } from "./integrity.js";
import {
  becomesGet,
  dropContentFields,
  dropCredentials,
  isRedirect,
  locationOf,
  maxRedirects,
} from "./redirect.js";

/** What all fetches of one face share. */
export interface FetchSetting extends PlanSetting {
  readonly service: Service<HttpRequest, HttpResponse>;
}

/** One `fetch`, with the redirects it follows. */
export class Fetching {
  readonly #setting: FetchSetting;
  readonly #plan: FetchPlan;
  readonly #fields: Fields;
  #method: string;
  #destination: Destination;
  #content: KeptContent;
  #redirects = 0;

  constructor(setting: FetchSetting, plan: FetchPlan) {
    this.#setting = setting;
    this.#plan = plan;
    this.#method = plan.method;
    this.#destination = plan.destination;
    this.#fields = plan.fields;
    this.#content = plan.content;
  }

  /** Makes the request, and those it leads to. */
  run(): Promise<FetchResponse> {
    const { target } = this.#destination;
    const authority = authorityOf(this.#fields, target.authority);
    const request: HttpRequest = {
      method: this.#method,
      target: authority === target.authority ? target : { ...target, authority },
      minorVersion: 1,
      fields: this.#fields,
      body: this.#content.body,
    };
    const call = new FaceCall(this.#plan.ends, Infinity, systemClock);
    const answer = call.run(this.#setting.service, request, (response) => response);
    return answer.then(this.#onAnswer, this.#onFailure);
  }

  readonly #onAnswer = (response: HttpResponse): FetchResponse | Promise<FetchResponse> => {
    const mode = this.#plan.redirect;
    if (!isRedirect(response.status) || mode === "manual") return this.#respond(response);
    try {
      return mode === "error" ? this.#refuse("unexpected redirect") : this.#follow(response);
    } catch (error) {
      discard(response.body);
      throw error;
    }
  };

  readonly #onFailure = (error: unknown): never => {
    const { signal, context } = this.#plan.ends;
    const givenUp =
      (signal?.aborted && error === signal.reason) || (context?.aborted && error === context.reason);
    throw givenUp ? error : fetchFailed(error);
  };

  #respond(response: HttpResponse): FetchResponse | Promise<FetchResponse> {
    const head = this.#method === "HEAD";
    const bodiless = head || isNullBody(response.status);
    // What must not have content may still bring some along.
    if (bodiless) discard(response.body);
    const { integrity } = this.#plan;
    if (integrity === undefined) return this.#made(response, bodiless);
    return bodiless
      ? this.#refuse("there is no content whose integrity could be checked")
      : this.#verify(response, integrity);
  }

  /** Reads the content before anybody sees it, and fails when it is not the right one. */
  async #verify(response: HttpResponse, integrity: Integrity): Promise<FetchResponse> {
    const content = await collect(response.body, Infinity).catch(this.#onFailure);
    if (!isIntact(content, integrity)) this.#refuse("integrity mismatch");
    return this.#made({ ...response, body: BytesBody.of(content) }, false);
  }

  #made(response: HttpResponse, bodiless: boolean): FetchResponse {
    const { signal } = this.#plan.ends;
    const own = bodiless ? { ...response, body: emptyBody } : response;
    return new FetchResponse(own, {
      destination: this.#destination,
      redirected: this.#redirects > 0,
      bodiless,
      signal,
    });
  }

  #follow(response: HttpResponse): FetchResponse | Promise<FetchResponse> {
    let url: URL | undefined;
    try {
      url = locationOf(response.fields, this.#destination);
    } catch (error) {
      throw fetchFailed(error);
    }
    if (url === undefined) return this.#respond(response);
    if (url.protocol !== "http:" && url.protocol !== "https:")
      this.#refuse("URL scheme must be a HTTP(S) scheme");
    if (++this.#redirects > maxRedirects) this.#refuse("redirect count exceeded");
    this.#turnTo(url, response.status);
    discard(response.body);
    return this.run();
  }

  /** Makes the next request of this one. */
  #turnTo(url: URL, status: number): void {
    const from = new URL(this.#destination.href);
    if (!this.#setting.destinations.reaches(url)) {
      this.#refuse(
        `a redirect from ${from.origin} to ${url.origin}, which is not reached from here: use redirect "manual"`,
      );
    }
    if (status !== 303 && !this.#content.again)
      this.#refuse("a redirect of a request whose body cannot be sent again");
    if (becomesGet(status, this.#method)) {
      this.#method = "GET";
      this.#content = noContent;
      dropContentFields(this.#fields);
    } else {
      const body =
        this.#content.again?.() ?? this.#refuse("a redirect of a request whose body was too long to keep");
      this.#content = { ...this.#content, body };
    }
    if (url.origin !== from.origin) dropCredentials(this.#fields);
    try {
      this.#destination = this.#setting.destinations.resolve(url);
    } catch (error) {
      throw fetchFailed(error);
    }
  }

  #refuse(reason: string): never {
    throw fetchFailed(new Error(reason));
  }
}
