import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../base/errors.js";
import type { Service } from "../service/service.js";
import type { HttpRequest, HttpResponse } from "../wire/http/message.js";
import { createAgent } from "./agent/create-agent.js";
import { createDispatcher } from "./dispatch/create-dispatcher.js";
import { createFetch } from "./fetch/create-fetch.js";
import { createRequester } from "./request/requester.js";
import { createDispatcher as createUndiciDispatcher } from "./undici/index.js";

type HttpService = Service<HttpRequest, HttpResponse>;

const faces: Readonly<Record<string, [string, (service: HttpService) => unknown]>> = {
  createFetch: ["fetch.service", (service) => createFetch(service)],
  createRequester: ["requester.service", (service) => createRequester(service)],
  createAgent: ["agent.service", (service) => createAgent(service)],
  createDispatcher: ["dispatcher.service", (service) => createDispatcher(service)],
  "createDispatcher of undici's class": ["dispatcher.service", (service) => createUndiciDispatcher(service)],
};
const wrong: readonly [unknown, found: string][] = [
  [undefined, "undefined"],
  [null, "null"],
  ["http://a", "http://a"],
  [{ fetch() {} }, "an object without a call"],
];

describe("faces of a service", () => {
  for (const [name, [path, create]] of Object.entries(faces)) {
    for (const [service, found] of wrong) {
      it(`${name} refuses ${found} at once`, () => {
        assert.throws(
          () => create(service as HttpService),
          (error) => {
            assert.ok(isMillraceError(error, "invalid-options"), String(error));
            const expected = "a service, such as a channel or a client";
            assert.equal(error.message, `${path}: expected ${expected}, found ${found}`);
            return true;
          },
        );
      });
    }
  }
});
