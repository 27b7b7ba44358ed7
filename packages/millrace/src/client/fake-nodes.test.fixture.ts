import { createDeferred, type Deferred } from "../base/deferred.js";
import { closedError } from "../base/errors.js";
import { seededRandom } from "../base/random.js";
import { WatchSource } from "../base/watch.js";
import type { CallContext } from "../service/context.js";
import { alwaysReady } from "../service/from-function.js";
import { VirtualClock } from "../testing/virtual-clock.js";
import { BytesBody } from "../wire/http/body.js";
import { Fields } from "../wire/http/fields.js";
import type { HttpRequest, HttpResponse } from "../wire/http/message.js";
import type { ClientFactoryOptions } from "./factory.js";
import type { OpenTransport, Transport, TransportOptions } from "./transport/transport.js";

/** A request that a fake node got and has not answered. */
export interface Pending {
  readonly request: HttpRequest;
  readonly context: CallContext;
  answer(status: number, value?: unknown): void;
  fail(error: Error): void;
}

/** A transport in the hands of a test. */
export interface FakeNode {
  readonly url: string;
  readonly options: TransportOptions;
  readonly pending: Pending[];
  closed: boolean;
  /** How requests are answered at once; without it they are pending. */
  respond: ((request: HttpRequest) => HttpResponse) | undefined;
  /** Whether it says to have no connection. */
  resting: boolean;
  readonly reachable: WatchSource<boolean>;
  /** Settled by the test, where nodes connect ahead of calls. */
  readonly warm: Deferred<void> | undefined;
}

/** Transports that record what they are asked, and options of a factory that uses them on a virtual clock. */
export function fakeNodes(respond?: FakeNode["respond"], { warming = false } = {}) {
  const opened: FakeNode[] = [];
  const clock = new VirtualClock();
  const openTransport: OpenTransport = (options) => {
    const node: FakeNode = {
      url: options.url.href,
      options,
      pending: [],
      closed: false,
      respond,
      resting: false,
      reachable: new WatchSource(true),
      warm: warming ? createDeferred() : undefined,
    };
    opened.push(node);
    return transportOf(node);
  };
  const options: ClientFactoryOptions = {
    userAgent: { primary: { name: "test", version: "1.2.3" } },
    random: seededRandom(1),
    clock,
    openTransport,
  };
  const open = () => opened.filter(({ closed }) => !closed).map(({ url }) => url);
  return { opened, open, options, clock };
}

/** A response with JSON. */
export function jsonResponse(
  status: number,
  value?: unknown,
  fields: Record<string, string> = {},
): HttpResponse {
  const lines = Fields.from(Object.entries({ "Content-Type": "application/json", ...fields }));
  return { status, reason: "", fields: lines, body: BytesBody.ofText(JSON.stringify(value ?? {})) };
}

function transportOf(node: FakeNode): Transport {
  let inFlight = 0;
  const idle = createDeferred();
  const over = () => {
    inFlight -= 1;
    if (inFlight === 0 && node.closed) idle.resolve();
  };
  const close = () => {
    node.closed = true;
    if (inFlight === 0) idle.resolve();
    return idle.promise;
  };
  return {
    ready: true,
    whenReady: alwaysReady,
    call(request, context) {
      if (node.closed) return Promise.reject(closedError("the fake node"));
      if (node.respond) return Promise.resolve(node.respond(request));
      inFlight += 1;
      const { promise, resolve, reject } = createDeferred<HttpResponse>();
      context.onAbort({ callAborted: reject });
      promise.then(over, over);
      node.pending.push({
        request,
        context,
        answer: (status, value) => resolve(jsonResponse(status, value)),
        fail: reject,
      });
      return promise;
    },
    reachable: node.reachable,
    get resting() {
      return node.resting;
    },
    ...(node.warm && { warm: () => node.warm!.promise }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
