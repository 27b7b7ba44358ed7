import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { fromFunction } from "../../service/index.js";
import { MockService } from "../../testing/mock-service.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { BytesBody, Fields, type HttpRequest, type HttpResponse } from "../../wire/index.js";
import { PulledBody } from "../body/pulled-body.js";
import { createDispatcher, type DispatchInterceptor } from "./create-dispatcher.js";
import type { DispatchController, DispatchHandler } from "./handler.js";

const get = { origin: "http://a.test", path: "/", method: "GET" };

describe("createDispatcher", () => {
  it("tells a handler of the newer kind, in order", async () => {
    const { events, handler } = controlled();
    createDispatcher(answering()).dispatch(get, handler);
    await turn();

    assert.deepEqual(events, [
      "start",
      `200 OK {"x-a":["1","2"],"content-type":"text/plain"}`,
      "data hello",
      "end {}",
    ]);
  });

  it("tells a handler of the older kind, in order", async () => {
    const { events, handler } = legacy();
    createDispatcher(answering()).dispatch(get, handler);
    await turn();

    assert.deepEqual(events, [
      "connect",
      "200 OK X-A,1,X-A,2,Content-Type,text/plain",
      "data hello",
      "complete",
    ]);
  });

  it("gives no more to one that has paused, whole answers and streams alike", async () => {
    for (const body of [BytesBody.ofText("hello"), new PulledBody(() => pieces("hel", "lo"))]) {
      let steer!: DispatchController;
      const { events, handler } = controlled({
        onResponseStart(controller) {
          steer = controller;
          controller.pause();
        },
        onResponseData(controller, chunk) {
          events.push(`data ${chunk.toString()}`);
          controller.pause();
        },
      });
      createDispatcher(answering(body)).dispatch(get, handler);
      await turn();
      assert.deepEqual(events, ["start"]);
      for (let times = 0; times < 4; times += 1) {
        const before = events.length;
        steer.resume();
        await turn();
        assert.ok(events.length <= before + 1, events.join());
      }
      assert.equal(
        events
          .filter((event) => event.startsWith("data"))
          .map((event) => event.slice(5))
          .join(""),
        "hello",
      );
      assert.equal(events.at(-1), "end {}");
    }
    const older = legacy({
      onHeaders(_status, _headers, resume) {
        setImmediate(resume);
        return false;
      },
    });
    createDispatcher(answering()).dispatch(get, older.handler);
    await turn();
    await turn();
    assert.deepEqual(older.events, ["connect", "data hello", "complete"]);
  });

  it("ends the call that a handler aborts, whenever it does", async () => {
    const service = new MockService<HttpRequest, HttpResponse>();
    const dispatcher = createDispatcher(service);
    const early = controlled({ onRequestStart: (controller) => controller.abort(new RangeError("early")) });
    dispatcher.dispatch(get, early.handler);
    assert.equal(service.calls.length, 0);
    assert.deepEqual(early.events, ["error early"]);

    let abort!: (reason?: Error) => void;
    const older = legacy({ onConnect: (given) => (abort = given) });
    dispatcher.dispatch(get, older.handler);
    abort(new RangeError("later"));
    assert.equal(service.last.context.aborted, true);
    await turn();
    assert.deepEqual(older.events, ["error later"]);

    const body = new PulledBody(() => pieces("a", "b"));
    const late = controlled({ onResponseData: (controller) => controller.abort(new RangeError("late")) });
    createDispatcher(answering(body)).dispatch(get, late.handler);
    await turn();
    assert.equal(late.events.at(-1), "error late");
    assert.equal(body.done, true);
  });

  it("refuses an origin that is more, as undici does, and repeats no secret", async () => {
    for (const origin of [
      "http://a.test/base",
      "http://a.test?secret",
      "http://a.test#secret",
      "http://u:secret@a.test",
    ]) {
      const { events, handler } = controlled();
      createDispatcher(answering()).dispatch({ ...get, origin }, handler);
      await turn();
      assert.deepEqual(events, [
        "error origin must be scheme, host and port alone: what else one of a.test says is in no request",
      ]);
    }
  });

  it("ends the call of a handler that throws, and tells it so", async () => {
    const { events, handler } = controlled({
      onResponseStart: () => {
        throw new RangeError("broken handler");
      },
    });
    createDispatcher(answering()).dispatch(get, handler);
    await turn();

    assert.deepEqual(events, ["start", "error broken handler"]);
  });

  it("leaves no timer behind, whether a limit passes or not", async () => {
    const clock = new VirtualClock();
    const service = new MockService<HttpRequest, HttpResponse>();
    const dispatcher = createDispatcher(service, { clock });
    const late = controlled();
    dispatcher.dispatch({ ...get, headersTimeout: 100, bodyTimeout: 100 }, late.handler);
    await clock.advance(100);
    assert.deepEqual(late.events, ["start", "error no response within 100 ms"]);

    const good = controlled();
    dispatcher.dispatch({ ...get, headersTimeout: 100, bodyTimeout: 100 }, good.handler);
    service.last.respond(await answering().call({} as HttpRequest, {} as never));
    await clock.advance(0);
    assert.equal(good.events.at(-1), "end {}");
    assert.equal(clock.pending, 0);
  });

  it("composes interceptors, the first innermost, over the same requests", async () => {
    const order: string[] = [];
    const noting =
      (name: string): DispatchInterceptor =>
      (dispatch) =>
      (options, handler) => {
        order.push(name);
        return dispatch(options, handler);
      };
    const dispatcher = createDispatcher(answering());
    const composed = dispatcher.compose(noting("inner"), [noting("middle"), noting("outer")]);
    const { events, handler } = controlled();
    composed.dispatch(get, handler);
    await turn();

    assert.deepEqual(order, ["outer", "middle", "inner"]);
    assert.equal(events.at(-1), "end {}");
    await composed.close();
    assert.equal(dispatcher.closed, true);
    const refused = controlled();
    dispatcher.dispatch(get, refused.handler);
    assert.deepEqual(refused.events, ["error the dispatcher is closed"]);
  });

  it("refuses what cannot be sent without calling the service", () => {
    const service = new MockService<HttpRequest, HttpResponse>();
    const errors: Error[] = [];
    const handler: DispatchHandler = {
      onRequestStart: () => {},
      onResponseError: (_call, error) => void errors.push(error),
    };
    createDispatcher(service).dispatch({ ...get, headers: ["a b", "c"] }, handler);
    createDispatcher(service).dispatch({ ...get, path: "" }, handler);

    assert.equal(service.calls.length, 0);
    assert.deepEqual(
      errors.map((error) => error.name),
      ["TypeError", "TypeError"],
    );
    assert.equal(
      errors.some((error) => isMillraceError(error)),
      false,
    );
  });
});

function answering(body: HttpResponse["body"] = BytesBody.ofText("hello")) {
  return fromFunction<HttpRequest, HttpResponse>(() => ({
    status: 200,
    reason: "OK",
    fields: Fields.from([
      ["X-A", "1"],
      ["X-A", "2"],
      ["Content-Type", "text/plain"],
    ]),
    body,
  }));
}

function controlled(own: DispatchHandler = {}) {
  const events: string[] = [];
  const handler: DispatchHandler = {
    onRequestStart: () => void events.push("start"),
    onResponseStart: (_call, status, headers, reason) =>
      void events.push(`${status} ${reason} ${JSON.stringify(headers)}`),
    onResponseData: (_call, chunk) => void events.push(`data ${chunk.toString()}`),
    onResponseEnd: (_call, trailers) => void events.push(`end ${JSON.stringify(trailers)}`),
    onResponseError: (_call, error) => void events.push(`error ${error.message}`),
    ...own,
  };
  return { events, handler };
}

function legacy(own: DispatchHandler = {}) {
  const events: string[] = [];
  const handler: DispatchHandler = {
    onConnect: () => void events.push("connect"),
    onHeaders(status, headers, _resume, reason) {
      events.push(`${status} ${reason} ${headers.map(String).join()}`);
      return true;
    },
    onData(chunk) {
      events.push(`data ${chunk.toString()}`);
      return true;
    },
    onComplete: () => void events.push("complete"),
    onError: (error) => void events.push(`error ${error.message}`),
    ...own,
  };
  return { events, handler };
}

async function* pieces(...texts: string[]) {
  for (const text of texts) {
    yield text;
    await Promise.resolve();
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}
