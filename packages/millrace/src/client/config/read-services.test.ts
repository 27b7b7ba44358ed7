import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ConfigError } from "../../config/document/issues.js";
import { createServicesConfig, readServices } from "./read-services.js";
import { serviceConfig } from "./services-config.js";

describe("readServices", () => {
  it("takes an empty file for one without services", () => {
    assert.deepEqual(readServices("", "s.yaml").config.services, {});
    assert.deepEqual(readServices("services:\n", "s.yaml").config.services, {});
  });

  it("reads a service that says the least", () => {
    const { config, warnings } = readServices("services:\n  a:\n    uris: [http://a]\n  b:\n", "s.yaml");

    assert.deepEqual(warnings, []);
    assert.deepEqual(serviceConfig(config, "a")?.uris, ["http://a"]);
    assert.deepEqual(serviceConfig(config, "b")?.uris, []);
    assert.equal(serviceConfig(config, "c"), undefined);
    assert.equal(serviceConfig(config, "constructor"), undefined);
  });

  it("reads everything there is to say", () => {
    const { config, warnings } = readServices(everything, "/etc/app/s.yaml");

    assert.deepEqual(warnings, []);
    assert.deepEqual(serviceConfig(config, "widgets"), {
      uris: ["https://w-1:8443/api", "https://w-2:8443/api"],
      maxRetries: 2,
      security: { caFile: "/etc/app/ca.pem", keyFile: "/run/key.pem", certFile: "/run/cert.pem" },
      proxy: { type: "http", hostAndPort: "proxy:3128", credentials: { username: "u", password: "p" } },
      connectTimeoutMs: 10_000,
      readTimeoutMs: 11_000,
      writeTimeoutMs: 180_000,
      requestTimeoutMs: 90_000,
      backoffSlotMs: 250,
      failedUrlCooldownMs: 0,
    });
  });

  it("reads JSON", () => {
    const { config } = readServices(
      '{"services": {"a": {"uris": ["http://a"], "read-timeout": "1s"}}}',
      "s.json",
    );

    assert.equal(serviceConfig(config, "a")?.readTimeoutMs, 1_000);
  });

  it("gives services what is said of all, and lets them say otherwise; blocks as wholes", () => {
    const { config } = readServices(inherited, "/s.yaml");
    const [plain, own] = [serviceConfig(config, "plain"), serviceConfig(config, "own")];

    assert.deepEqual(plain?.security, { caFile: "/ca.pem", keyFile: "/k.pem", certFile: "/c.pem" });
    assert.deepEqual(own?.security, { caFile: "/own.pem", keyFile: undefined, certFile: undefined });
    assert.deepEqual(plain?.proxy, { type: "http", hostAndPort: "proxy:3128", credentials: undefined });
    assert.deepEqual(own?.proxy, { type: "direct" });
    assert.deepEqual([plain?.readTimeoutMs, own?.readTimeoutMs], [30_000, 5_000]);
    assert.deepEqual([plain?.backoffSlotMs, own?.backoffSlotMs], [100, 0]);
  });

  it("warns of unknown keys with the nearest known name, and of retries for all", () => {
    const text = "max-num-retries: 3\nservices:\n  a:\n    uri: http://a\n    read-timout: 1s\n";
    const { config, warnings } = readServices(text, "s.yaml");

    assert.deepEqual(
      warnings.map((warning) => warning.replace(/; known here.*/, "")),
      [
        's.yaml:1:1: max-num-retries: unknown setting "max-num-retries"',
        's.yaml:4:5: services.a.uri: unknown setting "uri"; did you mean "uris"?',
        's.yaml:5:5: services.a.read-timout: unknown setting "read-timout"; did you mean "read-timeout"?',
      ],
    );
    assert.equal(serviceConfig(config, "a")?.maxRetries, undefined);
  });

  const faults: readonly (readonly [what: string, text: string, fault: string])[] = [
    ["broken YAML", "services: [a\nb: c\n", "s.yaml:2:1: Flow sequence in block collection must be"],
    [
      "a duration without a unit",
      "services:\n  a: {read-timeout: 10}\n",
      's.yaml:2:21: services.a.read-timeout: expected a duration such as "10s", found 10',
    ],
    ["a timeout of nothing", "read-timeout: 0s\n", "s.yaml:1:15: read-timeout: expected a duration"],
    [
      "half a retry",
      "services:\n  a:\n    max-num-retries: 0.5\n",
      "s.yaml:3:22: services.a.max-num-retries: expected a whole number of at least 0, found 0.5",
    ],
    [
      "a URI that is none",
      "services:\n  a:\n    uris:\n    - http://a\n    - a:80\n",
      "s.yaml:5:7: services.a.uris[1]: expected a URI",
    ],
    [
      "a URI of another scheme",
      "services: {a: {uris: ['ftp://a']}}",
      "s.yaml:1:23: services.a.uris[0]: expected a URI",
    ],
    [
      "a URI with a query",
      "services: {a: {uris: ['http://a/?b']}}",
      "s.yaml:1:23: services.a.uris[0]: expected a URI without a query",
    ],
    [
      "a URI whose host cannot exist",
      "services: {a: {uris: ['http://a..b']}}",
      's.yaml:1:23: services.a.uris[0]: expected a URI with a host that may exist, found "http://a..b"',
    ],
    [
      "one URI in place of a list",
      "services: {a: {uris: http://a}}",
      "s.yaml:1:22: services.a.uris: expected a list of URIs, found a text",
    ],
    [
      "a password that is none, and says nothing of what there is",
      "proxy: {type: http, host-and-port: 'p:1', credentials: {username: u, password: [secret]}}",
      "s.yaml:1:80: proxy.credentials.password: expected a text, found a list",
    ],
    [
      "a key without its certificate",
      "security:\n  key-file: k.pem\n",
      "s.yaml:2:3: security: expected key-file and cert-file together, found key-file alone",
    ],
    [
      "a certificate without its key",
      "services:\n  a:\n    security: {cert-file: c.pem}\n",
      "s.yaml:3:15: services.a.security: expected key-file and cert-file together, found cert-file alone",
    ],
    [
      "C13: a mesh with a second node",
      "services: {a: {uris: ['mesh-http://m', 'http://a']}}",
      "s.yaml:1:23: services.a.uris[0]: expected one URI alone where it goes by the mesh, found 2",
    ],
    [
      "a proxy of another type",
      "proxy: {type: socks}",
      's.yaml:1:15: proxy.type: expected a proxy of type "direct" or "http"',
    ],
    [
      "a proxy without a port",
      "proxy: {type: http, host-and-port: a}",
      "s.yaml:1:36: proxy.host-and-port: expected a host and a port",
    ],
    [
      "a proxy whose host cannot exist",
      "proxy: {type: http, host-and-port: 'a..b:80'}",
      "s.yaml:1:36: proxy.host-and-port: expected a host and a port",
    ],
    [
      "a service of a name that would get lost",
      "services:\n  __proto__: {uris: ['http://a']}\n",
      "s.yaml:2:14: services.__proto__: __proto__ cannot be a name here",
    ],
    [
      "a service that stands twice",
      "services:\n  a: {uris: ['http://a']}\n  a: {uris: ['http://b']}\n",
      "s.yaml:3:3: services.a: expected each name once; this one is on line 2 already",
    ],
    ["no group of settings", "- a\n", "s.yaml:1:1: expected a group of settings"],
  ];
  for (const name of ["constructor", "toString", "hasOwnProperty", "valueOf", ""]) {
    it(`takes ${JSON.stringify(name)} for the name of a service`, () => {
      const { config, warnings } = readServices(`services: {"${name}": {uris: [http://a]}}`, "s.yaml");

      assert.deepEqual(warnings, []);
      assert.deepEqual(serviceConfig(config, name)?.uris, ["http://a"]);
    });
  }

  for (const [what, text, fault] of faults) {
    it(`refuses ${what}, and says where`, () => {
      assert.throws(
        () => readServices(text, "s.yaml"),
        (error) => {
          assert.ok(error instanceof ConfigError);
          assert.ok(error.message.startsWith(fault), `${error.message} does not begin with ${fault}`);
          return true;
        },
      );
    });
  }

  it("gives a configuration or a ConfigError for any text", () => {
    const word = fc.constantFrom(
      ..."services: uris security proxy {}[],-&a*a \n \"'".split(/(?<=.)/),
      "services:\n  a:\n    ",
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 30 }), (parts) => {
        try {
          readServices(parts.join(""), "s.yaml");
        } catch (error) {
          assert.ok(error instanceof ConfigError, String(error));
        }
      }),
    );
  });
});

describe("createServicesConfig", () => {
  it("makes the same of a document as of its text", () => {
    const document = {
      services: { a: { uris: ["http://a"], "read-timeout": "1s" } },
      proxy: { type: "direct" as const },
    };

    assert.deepEqual(createServicesConfig(document), readServices(JSON.stringify(document), "s.json").config);
  });

  it("refuses unknown keys, which a program has no excuse for", () => {
    assert.throws(
      () => createServicesConfig({ services: { a: { urls: [] } } } as object),
      /services\.a\.urls: unknown setting "urls"; did you mean "uris"\?/,
    );
  });
});

const everything = `
services:
  widgets:
    uris:
      - https://w-1:8443/api
      - https://w-2:8443/api
    max-num-retries: 2
    security: {ca-file: ca.pem, key-file: /run/key.pem, cert-file: /run/cert.pem}
    proxy:
      type: http
      host-and-port: proxy:3128
      credentials: {username: u, password: p}
    connect-timeout: 10s
    read-timeout: 11 seconds
    write-timeout: 3 minutes
    request-timeout: 1m30s
    backoff-slot-size: 250ms
    failed-url-cooldown: 0s
`;

const inherited = `
security: {ca-file: ca.pem, key-file: k.pem, cert-file: c.pem}
proxy: {type: http, host-and-port: "proxy:3128"}
read-timeout: 30s
backoff-slot-size: 100ms
services:
  plain: {uris: [https://a]}
  own:
    uris: [https://b]
    security: {ca-file: own.pem}
    proxy: {type: direct}
    read-timeout: 5s
    backoff-slot-size: 0ms
`;
