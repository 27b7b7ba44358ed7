import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../base/errors.js";
import type { ServicesConfig } from "./config/services-config.js";
import { openClientFactory } from "./factory.js";
import { fakeNodes, jsonResponse } from "./fake-nodes.test.fixture.js";
import { type OpenClientOptions, openClient } from "./open-client.js";

describe("options of clients", () => {
  const unusable: readonly (readonly [path: RegExp, options: object])[] = [
    [/^services\.a\.readTimeoutMs: expected a positive number, found -1$/, { readTimeoutMs: -1 }],
    [/^services\.a\.maxRetries: expected a whole number of at least 0, found 0\.5$/, { maxRetries: 0.5 }],
    [/^services\.a\.backoffSlotMs: expected a number from 0/, { backoffSlotMs: NaN }],
    [/^services\.a\.security: expected keyFile and certFile together/, { security: { keyFile: "k" } }],
    [/^services\.a\.proxy\.host-and-port: expected/, { proxy: { type: "http", hostAndPort: "nope" } }],
    [/^services\.a\.uris\[0\]: expected a URI such as/, { uris: ["nope"] }],
    [/^services\.a\.uris\[0\]: expected a URI with a host/, { uris: ["http://a..b"] }],
    [/^services\.a\.proxy\.host-and-port: expected/, { proxy: { type: "http", hostAndPort: "a..b:80" } }],
    [
      /^userAgent\.primary: expected the name and version of the program, found none$/,
      { userAgent: undefined },
    ],
    [/^client\.nodeChannels\.wanted: expected/, { nodeChannels: { wanted: 0 } }],
    [/^client\.nodeChannels: expected a group of options, found 5$/, { nodeChannels: 5 }],
    [
      /^client\.nodeChannels\.health: expected a path such as "\/ready", or/,
      { nodeChannels: { health: "x" } },
    ],
    [/^services\.a\.uris: expected a list of URIs, found http:\/\/one$/, { uris: "http://one" }],
    [/^services\.a\.uris\[0\]: expected a URI, found 1$/, { uris: [1] }],
    [/^services\.a\.security: expected names of files, found x$/, { security: "x" }],
    [/^services\.a\.security\.caFile: expected a file name, found 1$/, { security: { caFile: 1 } }],
    [
      /^services\.a\.proxy: expected one of type "direct" or "http", found socks$/,
      { proxy: { type: "socks" } },
    ],
    [/^client\.service: expected the name of a service, found undefined$/, { service: undefined }],
    [/^client\.strictIdempotency: expected true or false, found yes$/, { strictIdempotency: "yes" }],
    [/^client\.compression: expected true or false, found 1$/, { compression: 1 }],
    [/^client\.random: expected a function, found 5$/, { random: 5 }],
    [/^client\.openTransport: expected a function, found 5$/, { openTransport: 5 }],
    [/^client\.clock\.now: expected a function/, { clock: {} }],
    [/^client\.onError: expected a function, found 5$/, { onError: 5 }],
    [/^client\.metrics\.showLimiters: expected a function/, { metrics: {} }],
    [/^client\.hostMetrics\.get: expected a function/, { hostMetrics: {} }],
    [/^client\.retryBudget\.deposit: expected a function/, { retryBudget: {} }],
    [/^trace\.tracing\.start: expected a function/, { tracing: {} }],
  ];
  for (const [message, options] of unusable) {
    it(`opens no client with what cannot be used: ${message.source}`, async () => {
      const userAgent = { primary: { name: "test", version: "1.2.3" } };

      await assert.rejects(
        openClient({ service: "a", uris: ["http://one"], userAgent, ...options }),
        (error) => isMillraceError(error, "invalid-options") && message.test(error.message),
      );
    });
  }

  const noConfig: readonly (readonly [unknown, found: string])[] = [
    [undefined, "undefined"],
    ["services.yaml", "services.yaml"],
    [{}, "an object without services"],
    [Promise.resolve({ services: {} }), "a promise of one, which is to be awaited"],
  ];
  for (const [config, found] of noConfig) {
    it(`opens no factory with ${found} for a configuration`, () => {
      const expected = "a configuration of services, or a file of them that was opened";
      assert.throws(
        () =>
          openClientFactory(config as ServicesConfig, {
            userAgent: { primary: { name: "a", version: "1" } },
          }),
        (error) =>
          isMillraceError(error, "invalid-options") &&
          error.message === `config: expected ${expected}, found ${found}`,
      );
    });
  }

  it("opens nothing without options", async () => {
    const none = undefined as unknown as OpenClientOptions;

    assert.throws(
      () => openClientFactory({ services: {} }, none),
      /^MillraceError: client: expected options with a userAgent/,
    );
    await assert.rejects(openClient(none), /^MillraceError: client\.service: expected the name of a service/);
  });

  it("takes a service of any name", async () => {
    for (const service of ["__proto__", "constructor", "toString", ""]) {
      const { options } = fakeNodes(() => jsonResponse(200, service));
      await using client = await openClient({ ...options, service, uris: ["http://one"] });

      assert.deepEqual([client.service, await client.get("/")], [service, service]);
      assert.equal(await (await client.fetch("/x")).json(), service);
    }
  });
});
