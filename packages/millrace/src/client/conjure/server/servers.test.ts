import assert from "node:assert/strict";
import { createServer, type ServerResponse } from "node:http";
import { after, describe, it } from "node:test";
import { createUrlConnector } from "../../../channel/connect/to-url.js";
import { openConnectionPool } from "../../../channel/pool/connection-pool.js";
import { createContext } from "../../../service/context.js";
import { emptyBody } from "../../../wire/http/body.js";
import { Fields } from "../../../wire/http/fields.js";
import type { HttpRequest } from "../../../wire/http/message.js";
import { type ErrorMappingOptions, errorMapping } from "../error-mapping.js";
import { isRemoteError } from "../remote-error.js";
import { conjureListener } from "./node-http.js";
import { QosError } from "./qos-error.js";
import { servers, type TestHandler } from "./servers.test.fixture.js";
import { ServiceError } from "./service-error.js";

const notFound = new ServiceError({
  code: "NOT_FOUND",
  name: "Widgets:WidgetNotFound",
  safe: { kind: "gear" },
  unsafe: { widgetId: "w-1" },
});

for (const [name, open] of Object.entries(servers)) {
  describe(`an error thrown in ${name}`, () => {
    it("C9: reaches the client with code, name, parameters and instance id", async () => {
      const { errorOf } = await setup(open, () => {
        throw notFound;
      });
      const error = await errorOf();

      assert.equal(error.status, 404);
      assert.deepEqual(error.error, notFound.toJSON());
      assert.equal(error.fields.get("content-type")?.startsWith("application/json"), true);
      assert.deepEqual(
        [error.fields.has("content-encoding"), error.fields.has("cache-control")],
        [false, false],
      );
      assert.equal(error.fields.has("content-security-policy"), name !== "millrace/wire");
    });

    it("C9: passes on through a server between, when errors propagate", async () => {
      const inner = await setup(
        open,
        () => {
          throw notFound;
        },
        { serviceError: "propagate" },
      );
      const outer = await setup(open, () => inner.call());

      const error = await outer.errorOf();
      assert.equal(error.status, 404);
      assert.deepEqual(error.error, notFound.toJSON());
    });

    it("C9: becomes an internal error of the server between, when errors are wrapped", async () => {
      const told: unknown[] = [];
      const inner = await setup(open, () => {
        throw notFound;
      });
      const outer = await setup(
        open,
        () => inner.call(),
        {},
        (error) => told.push(error),
      );

      const { status, error } = await outer.errorOf();
      assert.deepEqual([status, error?.errorCode, error?.errorName], [500, "INTERNAL", "Default:Internal"]);
      assert.notEqual(error?.errorInstanceId, notFound.instanceId);
      assert.deepEqual(error?.parameters, {});
      assert.equal(isRemoteError(told[0]) && told[0].error?.errorName, "Widgets:WidgetNotFound");
    });

    it("C5: asks to wait, or for another server, and that passes on too", async () => {
      const inner = await setup(
        open,
        (path) => {
          throw new QosError({ kind: path === "/429" ? "throttle" : "unavailable", retryAfterMs: 1_001 });
        },
        { serverQos: "propagate" },
      );
      const outer = await setup(open, (path) => inner.call(path));

      const throttled = await outer.errorOf("/429");
      assert.deepEqual([throttled.code, throttled.retryAfterMs, throttled.text], ["throttled", 2_000, ""]);
      assert.equal((await outer.errorOf("/503")).code, "unavailable");
    });

    it("tells nothing of what is wrong inside", async () => {
      const { errorOf } = await setup(open, () => {
        throw new Error("secret");
      });
      const { status, error } = await errorOf();

      assert.deepEqual([status, error?.errorName, error?.parameters], [500, "Default:Internal", {}]);
    });

    it("leaves a good answer alone", async () => {
      const { call } = await setup(open, () => "fine");

      assert.equal(await call(), "fine");
    });
  });
}

describe("an answer that has begun", () => {
  it("breaks off, so that nobody takes it for whole", async () => {
    const server = createServer(
      conjureListener((_request, response: ServerResponse) => {
        response.writeHead(200, { "Content-Length": "10" });
        response.write("half");
        throw new Error("broken");
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const close = () => new Promise<void>((resolve) => server.close(() => resolve()));
    const { port } = server.address() as { port: number };
    const { call } = await setup(
      async () => ({ url: new URL(`http://127.0.0.1:${port}`), close }),
      () => "",
    );

    await assert.rejects(call());
  });
});

async function setup(
  open: (typeof servers)[string],
  handler: TestHandler,
  mapping: ErrorMappingOptions = {},
  onError?: (error: unknown) => void,
) {
  const server = await open(handler, { onError });
  const pool = openConnectionPool({ connector: createUrlConnector(server.url) });
  after(async () => {
    await pool.close();
    await server.close();
  });
  const service = errorMapping(mapping)(pool);
  const call = async (path = "/") => {
    const target = { form: "origin", path, authority: server.url.host, scheme: "http" } as const;
    const request: HttpRequest = {
      method: "GET",
      target,
      minorVersion: 1,
      fields: new Fields(),
      body: emptyBody,
    };
    const { body } = await service.call(request, createContext());
    const chunks: Uint8Array[] = [];
    if (body.kind === "bytes") chunks.push(body.bytes);
    else if (body.kind === "stream") for await (const chunk of body) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  };
  const errorOf = (path?: string) =>
    call(path).then(
      () => assert.fail("it was a success"),
      (error: unknown) => {
        assert.ok(isRemoteError(error), String(error));
        return error;
      },
    );
  return { call, errorOf };
}
