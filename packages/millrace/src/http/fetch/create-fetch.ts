import { type Random, systemRandom } from "../../base/random.js";
import type { Service } from "../../service/service.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { Destinations } from "../destination.js";
import { type DecompressOptions, decompress } from "../layers/decompress.js";
import { requireService } from "../require-service.js";
import { type FetchInit, fetchPlan } from "./fetch-plan.js";
import type { FetchResponse } from "./fetch-response.js";
import { Fetching } from "./fetching.js";
import { looksLikeResponse } from "./lookalike.js";

/** Where a `fetch` sends requests, and what it does to responses. */
export interface FetchOptions {
  /**
   * An `http` or `https` URL that relative inputs are resolved against; every request goes to its origin, and an
   * input or a redirect that leads elsewhere is a `TypeError`. Without it inputs must be absolute, and the service
   * decides by `target.scheme` and `target.authority` what it reaches.
   * @defaultValue none
   */
  readonly base?: string | URL | undefined;
  /**
   * Decodes compressed responses as {@link decompress} does, and asks for them.
   * @defaultValue true
   */
  readonly decompress?: boolean | DecompressOptions | undefined;
  /** Chooses the boundaries of forms. @defaultValue {@link systemRandom} */
  readonly random?: Random | undefined;
}

/** The web's `fetch`, whose responses are {@link FetchResponse}s. */
export type Fetch = (input: string | URL | Request, init?: FetchInit) => Promise<FetchResponse>;

/**
 * Makes a `fetch` whose requests a service answers: a channel, a pool, or layers around one.
 *
 * It does what the `fetch` of Node does, with its errors: a `TypeError` whose `cause` says what went wrong, or the
 * reason of the signal. It keeps no cookies and no cache. What it does not have, because a server has no use for it:
 * `data:` and `blob:` URLs, and CORS.
 *
 * @throws MillraceError `invalid-options` when there is no service, or an option is out of its range
 */
export function createFetch(service: Service<HttpRequest, HttpResponse>, options: FetchOptions = {}): Fetch {
  requireService("fetch.service", service);
  const { base, decompress: decode = true, random = systemRandom } = options;
  const destinations = new Destinations("fetch.base", base);
  const inner = decode === false ? service : decompress(decode === true ? {} : decode)(service);
  const setting = { service: inner, destinations, random, decode: decode !== false };
  looksLikeResponse();

  return (input, init) => {
    try {
      return new Fetching(setting, fetchPlan(input, init ?? noInit, setting)).run();
    } catch (error) {
      return Promise.reject(error as Error);
    }
  };
}

const noInit: FetchInit = {};
