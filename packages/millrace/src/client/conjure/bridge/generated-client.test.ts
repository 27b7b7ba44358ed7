import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as theirs from "conjure-client";
import { isMillraceError } from "../../../base/errors.js";
import { createContext } from "../../../service/context.js";
import { retry } from "../../../service/middleware/retry.js";
import { stack } from "../../../service/stack.js";
import { MockService } from "../../../testing/mock-service.js";
import { settle, VirtualClock } from "../../../testing/virtual-clock.js";
import { emptyBody } from "../../../wire/http/body.js";
import { Fields } from "../../../wire/http/fields.js";
import type { HttpRequest, HttpResponse } from "../../../wire/http/message.js";
import { callOptions } from "../../call/call-options.js";
import { errorMapping } from "../error-mapping.js";
import { isRemoteError } from "../remote-error.js";
import { errorAnswer } from "../server/error-answer.js";
import { ServiceError } from "../server/service-error.js";
import { createConjureBridge } from "./bridge.js";
import { type Answerer, agent, json, setup, text } from "./bridge.test.fixture.js";
import { ConjureError, isConjureError } from "./conjure-error.js";
import { isWidgetNotFound, WidgetService } from "./widget-service.test.fixture.js";

describe("a generated client, against a real server", () => {
  it("gets JSON, through the compact call and through callEndpoint", async () => {
    const { seen, bridge } = await setup(json({ widgetId: "a/b", size: "NaN" }));
    const compact = await new WidgetService(bridge).getWidget("a/b");
    const named = await bridge.callEndpoint({
      serviceName: "WidgetService",
      endpointPath: "/widgets/{widgetId}",
      endpointName: "getWidget",
      method: "GET",
      requestMediaType: theirs.MediaType.APPLICATION_JSON,
      responseMediaType: theirs.MediaType.APPLICATION_JSON,
      pathArguments: ["a/b"],
      queryArguments: {},
    });

    assert.deepEqual([compact, named], [{ widgetId: "a/b", size: "NaN" }, compact]);
    assert.deepEqual(
      seen.map(({ method, url }) => `${method} ${url}`),
      ["GET /widgets/a%2Fb", "GET /widgets/a%2Fb"],
    );
  });

  it("sends JSON and gets nothing", async () => {
    const { seen, bridge } = await setup();

    assert.equal(await new WidgetService(bridge).putWidget({ widgetId: "w", size: 1 }), undefined);
    assert.deepEqual([seen[0]?.method, seen[0]?.body], ["PUT", '{"widgetId":"w","size":1}']);
  });

  it("leaves absent parameters out", async () => {
    const { seen, bridge } = await setup(json([]));
    await new WidgetService(bridge).findWidgets(["a", "b"]);
    await new WidgetService(bridge).findWidgets([], 3, "t");

    assert.deepEqual(
      seen.map(({ url, headers }) => [url, headers["x-trace"]]),
      [
        ["/widgets?kind=a&kind=b", undefined],
        ["/widgets?limit=3", "t"],
      ],
    );
  });

  it("gets strings with quotes, and rejects text that is not quoted", async () => {
    const quoted = await setup(json('say "hello"'));
    assert.equal(await quoted.bridge.call("S", "e", "GET", "/"), 'say "hello"');

    const raw = await setup(text("hello", "application/json"));
    await assert.rejects(raw.bridge.call("S", "e", "GET", "/"), { type: "PARSE", status: 200 });
  });

  it("streams binary content both ways", async () => {
    const picture = Buffer.alloc(1_000_000, "0123456789abcdef");
    const { seen, bridge } = await setup((request, response) => {
      if (request.method === "POST") response.writeHead(204).end();
      else response.writeHead(200, { "Content-Type": "application/octet-stream" }).end(picture);
    });
    const service = new WidgetService(bridge);
    const stream = await service.getPicture("w");
    const chunks: Uint8Array[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    assert.deepEqual(Buffer.concat(chunks), picture);

    await service.putPicture("w", new Blob([picture]).stream());
    await service.putPicture("w", picture);
    assert.deepEqual(
      seen.slice(1).map(({ body }) => body === picture.toString("latin1")),
      [true, true],
    );
  });

  it("gives binary content as a Blob where no stream is asked for, pictures included", async () => {
    for (const type of ["application/octet-stream", "image/png", "application/pdf"]) {
      const { bridge } = await setup(text("bytes", type));
      const blob = await bridge.callEndpoint<Blob>({ endpointPath: "/", method: "GET" });

      assert.deepEqual([await blob.text(), blob.type], ["bytes", type]);
    }
  });

  it("C9: gets an error that its guards recognise", async () => {
    const thrown = new ServiceError({
      code: "NOT_FOUND",
      name: "Widgets:WidgetNotFound",
      unsafe: { widgetId: "w" },
    });
    const { bridge } = await setup(conjureAnswer(thrown));
    const error = await new WidgetService(bridge).getWidget("w").catch((error: unknown) => error);

    assert.equal(isConjureError(error), true);
    assert.ok(theirs.isConjureError(error));
    assert.equal(error.type, theirs.ConjureErrorType.Status);
    assert.equal(error.status, 404);
    assert.ok(isWidgetNotFound(error.body));
    assert.deepEqual([error.body.parameters.widgetId, error.body.errorInstanceId], ["w", thrown.instanceId]);
    assert.ok(isRemoteError(error.originalError));
  });

  it("works on a service that has turned answers into errors already", async () => {
    const thrown = new ServiceError({ code: "CONFLICT", name: "Widgets:Taken" });
    const { pool, origin } = await setup(conjureAnswer(thrown));
    const bridge = createConjureBridge(errorMapping()(pool), {
      userAgent: agent,
      baseUrl: () => `${origin}/`,
    });

    await assert.rejects(new WidgetService(bridge).getWidget("w"), { status: 409, body: thrown.toJSON() });
  });

  it("adds its path to that of the base", async () => {
    const { seen, origin, pool } = await setup();
    for (const base of ["/api", "/api/", `${origin}/api/`, "", () => "/late"]) {
      await createConjureBridge(pool, { userAgent: agent, baseUrl: base }).call("S", "e", "GET", "/a");
      await createConjureBridge(pool, { userAgent: agent, baseUrl: base }).call("S", "e", "GET", "b");
    }

    assert.deepEqual(
      seen.map(({ url }) => url),
      ["/api/a", "/api/b", "/api/a", "/api/b", "/api/a", "/api/b", "/a", "/b", "/late/a", "/late/b"],
    );
  });
});

describe("the calls of a bridge", () => {
  it("say which endpoint is called, with the same object at every call", async () => {
    const { inner, bridge } = virtual();
    void new WidgetService(bridge).getWidget("a").catch(() => undefined);
    void new WidgetService(bridge.with({ maxRetries: 7 })).getWidget("b").catch(() => undefined);
    await settle();
    const [first, second] = inner.calls.map(({ context }) => context.get(callOptions));

    assert.deepEqual(first?.endpoint, {
      service: "WidgetService",
      version: undefined,
      name: "getWidget",
      method: "GET",
      path: "/widgets/{widgetId}",
    });
    assert.equal(second?.endpoint, first?.endpoint);
    assert.deepEqual([first?.maxRetries, second?.maxRetries], [undefined, 7]);
  });

  it("end when their signal aborts", async () => {
    const { inner, bridge } = virtual();
    const controller = new AbortController();
    const rejected = assert.rejects(bridge.with({ signal: controller.signal }).call("S", "e", "GET", "/"), {
      type: "OTHER",
      message: "OTHER: changed my mind",
    });
    await settle();
    controller.abort(new Error("changed my mind"));

    await rejected;
    assert.equal(inner.last.context.aborted, true);
  });

  it("end when their time is over, and leave no timer", async () => {
    const { clock, inner, bridge } = virtual();
    const rejected = assert.rejects(
      bridge.with({ timeoutMs: 100 }).with({ timeoutMs: undefined }).call("S", "e", "GET", "/"),
      (error) => isConjureError(error) && error.type === "NETWORK" && isMillraceError(error.cause, "timeout"),
    );
    await settle();
    await clock.advance(100);

    await rejected;
    assert.equal(inner.last.context.aborted, true);
    assert.equal(clock.pending, 0);
  });

  it("end with the call that they are made for", async () => {
    const { bridge } = virtual();
    const context = createContext();
    const rejected = assert.rejects(bridge.with({ context }).call("S", "e", "GET", "/"), { type: "OTHER" });
    await settle();
    context.abort();

    await rejected;
  });

  it("are tried again by the layers of the service, as RetryingFetch would", async () => {
    const { clock, inner, bridge } = virtual();
    const answer = bridge.call("S", "e", "POST", "/", { a: 1 });
    await settle();
    inner.last.respond(responseOf(503));
    await settle();
    inner.last.respond(responseOf(429, [["Retry-After", "2"]]));
    await clock.advance(1_999);
    assert.equal(inner.calls.length, 2);
    await clock.advance(1);
    inner.last.respond(responseOf(204));

    assert.equal(await answer, undefined);
    assert.equal(inner.calls.length, 3);
    assert.deepEqual(new Set(inner.calls.map(({ request }) => request.body)).size, 1);
  });

  it("are tried a bounded number of times, and not for other errors", async () => {
    const { inner, bridge } = virtual();
    const bounded = assert.rejects(bridge.call("S", "e", "GET", "/"), { type: "STATUS", status: 503 });
    for (let attempt = 0; attempt < 3; attempt++) {
      await settle();
      inner.last.respond(responseOf(503));
    }
    await bounded;
    const other = assert.rejects(bridge.call("S", "e", "GET", "/"), { type: "STATUS", status: 500 });
    await settle();
    inner.last.respond(responseOf(500));
    await other;

    assert.equal(inner.calls.length, 4);
  });
});

describe("ConjureError", () => {
  const variants: ConjureError[] = [
    new ConjureError("OTHER"),
    new ConjureError("NETWORK", { originalError: new TypeError("reset") }),
    new ConjureError("STATUS", {
      status: 404,
      body: "text",
      qos: { retryHint: "do-not-retry", dueTo: undefined },
    }),
    new ConjureError("STATUS", { status: 400, body: { errorName: "A:B" } }),
    new ConjureError("PARSE", { status: 200, originalError: null }),
  ];
  for (const error of variants) {
    it(`is told as that of conjure-client is: ${error.message}`, () => {
      const { type, originalError, status, body, qos } = error;
      const other = new theirs.ConjureError(
        type as theirs.ConjureErrorType,
        originalError,
        status,
        body,
        qos as object,
      );

      assert.equal(error.toString(), other.toString());
    });
  }

  it("is recognised, here and by conjure-client, and nothing else is", () => {
    const foreign = new theirs.ConjureError(theirs.ConjureErrorType.Other);
    for (const yes of [variants[0], foreign]) {
      assert.deepEqual([isConjureError(yes), theirs.isConjureError(yes)], [true, true]);
    }
    for (const no of [null, undefined, new Error("x"), {}, Object.create(null), "text", 1]) {
      assert.equal(isConjureError(no), false);
    }
  });
});

function virtual() {
  const clock = new VirtualClock();
  const inner = new MockService<HttpRequest, HttpResponse>();
  const again = retry<HttpRequest, HttpResponse>({
    attempts: 3,
    clock,
    policy: {
      shouldRetry: (_, outcome) => {
        const error = "error" in outcome ? outcome.error : undefined;
        if (!isRemoteError(error) || error.code === "failed") return false;
        return { delayMs: error.retryAfterMs ?? 0 };
      },
    },
  });
  const bridge = createConjureBridge(stack(again, errorMapping())(inner), { userAgent: agent, clock });
  return { clock, inner, bridge };
}

function responseOf(status: number, fields: [string, string][] = []): HttpResponse {
  return { status, reason: "", fields: Fields.from(fields), body: emptyBody };
}

function conjureAnswer(error: unknown): Answerer {
  const { status, headers, body } = errorAnswer(error);
  return (_request, response) => void response.writeHead(status, headers).end(body);
}
