import assert from "node:assert/strict";
import { getEventListeners, once } from "node:events";
import { createServer } from "node:net";
import { after, before, describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { createTcpConnector, openConnectionPool } from "../../channel/index.js";
import { createContext, fromFunction } from "../../service/index.js";
import { BytesBody, Fields, type HttpRequest, type HttpResponse } from "../../wire/index.js";
import { type Origin, openOrigin, plainText } from "../origin.test.fixture.js";
import { createFetch } from "./create-fetch.js";
import { FetchResponse } from "./fetch-response.js";

describe("createFetch", () => {
  let origin: Origin;
  before(async () => (origin = await openOrigin()));
  after(() => origin[Symbol.asyncDispose]());

  it("resolves relative inputs against its base, as a page does", async () => {
    const { asked, get } = recorded("http://api.test/v1/");
    for (const input of ["items", "/items", "?a", "http://api.test/x", new URL("y", "http://api.test")])
      await get(input);

    assert.deepEqual(
      asked.map(({ target }) => `${target.scheme} ${target.authority} ${target.path}`),
      ["/v1/items", "/items", "/v1/?a", "/x", "/y"].map((path) => `http api.test ${path}`),
    );
  });

  it("reads a path as a URL parser does, whatever is in it", async () => {
    const { asked, get } = recorded("http://api.test/v1/");
    const paths = [
      "/a/../b",
      "/a/./b",
      "/a b",
      "/%2e%2e/x",
      "/ü",
      "/a#b",
      "/a?b='c",
      "/a?x=/../y",
      "/a.b/c..d",
      "/;,:@&=+$-_!~()*",
    ];
    for (const path of paths) await get(path);

    assert.deepEqual(
      asked.map(({ target }) => target.path),
      paths.map((path) => {
        const url = new URL(path, "http://api.test/v1/");
        return url.pathname + url.search;
      }),
    );
  });

  it("refuses what leads to another origin, by input or by redirect", async () => {
    const get = createFetch(origin.pool, { base: origin.url });

    await assert.rejects(get("http://other.test/"), causedBy(/http:\/\/other\.test is another origin/));
    await assert.rejects(get("//other.test/"), causedBy(/another origin/));
    await assert.rejects(
      get("/redirect?to=http://other.test/x"),
      causedBy(/to http:\/\/other\.test.*use redirect "manual"/),
    );
    const manual = await get("/redirect?to=http://other.test/x", { redirect: "manual" });
    assert.equal(manual.headers.get("location"), "http://other.test/x");
  });

  it("lets the service decide what it reaches when there is no base, and keeps credentials at home", async () => {
    const { asked, get } = recorded(undefined, ({ target }) =>
      target.authority === "one.test"
        ? { status: 302, fields: [["Location", "https://two.test/next"]] }
        : { status: 200 },
    );
    const headers = { Authorization: "Bearer t", Cookie: "a=1", "X-Kept": "yes" };
    const response = await get("http://one.test/start", { headers });

    assert.equal(response.url, "https://two.test/next");
    assert.equal(response.redirected, true);
    assert.deepEqual(
      asked.map(({ target, fields }) => [
        target.scheme,
        target.authority,
        fields.get("authorization"),
        fields.get("cookie"),
        fields.get("x-kept"),
      ]),
      [
        ["http", "one.test", "Bearer t", "a=1", "yes"],
        ["https", "two.test", undefined, undefined, "yes"],
      ],
    );
    await assert.rejects(get("/relative"), /without a base it must be absolute/);
  });

  it("sends a Host field as the authority", async () => {
    const { asked, get } = recorded("http://api.test/");
    await get("/", { headers: { Host: "virtual.test" } });

    assert.equal(asked[0]!.target.authority, "virtual.test");
  });

  it("gives a Response by instanceof, with Headers that cannot be changed", async () => {
    const get = createFetch(origin.pool, { base: origin.url });
    const response = await get("/json");

    assert.ok(response instanceof Response);
    assert.ok(response instanceof FetchResponse);
    assert.ok(response.headers instanceof Headers);
    assert.equal(Object.prototype.toString.call(response), "[object Response]");
    assert.deepEqual(Object.fromEntries(new Headers(response.headers))["content-type"], "application/json");
    assert.throws(() => response.headers.set("a", "b"), TypeError);
    assert.throws(() => response.headers.get("a b"), TypeError);
    assert.deepEqual(await response.json(), { a: [1, "ü"] });
  });

  it("makes a real Response of the web when one is needed", async () => {
    const get = createFetch(origin.pool, { base: origin.url });
    const light = await get("/redirect?to=/chunks");
    const web = light.toWeb();

    assert.deepEqual([web.url, web.redirected, web.status], [`${origin.url}/chunks`, true, 200]);
    assert.equal(await new Response(web.body, web).text(), "one two three");
    assert.throws(() => light.toWeb(), /already been read/);
  });

  it("has the trailers once the content has been read", async () => {
    const get = createFetch(origin.pool, { base: origin.url });
    const response = await get("/trailers");
    assert.equal(await response.text(), "content");

    assert.equal(response.trailers?.get("x-sum"), "42");
  });

  it("sends a stream while the answer arrives, a chunk when the server takes one", async () => {
    const get = createFetch(origin.pool, { base: origin.url });
    const heard: string[] = [];
    let next!: (text: string | undefined) => void;
    let wanted = new Promise<string | undefined>((resolve) => (next = resolve));
    async function* upload() {
      for (let text = await wanted; text !== undefined; text = await wanted) {
        wanted = new Promise((resolve) => (next = resolve));
        yield text;
      }
    }
    next("one");
    const response = await get("/mirror", { method: "POST", body: upload() as unknown as ReadableStream });
    const reader = response.body!.getReader();
    for (const text of ["two", "three", undefined]) {
      heard.push(Buffer.from((await reader.read()).value!).toString());
      next(text);
    }

    assert.equal((await reader.read()).done, true);
    assert.deepEqual(heard, ["one", "two", "three"]);
  });

  it("holds a fast source back to the pace of the reader", async () => {
    let sent = 0;
    await using sink = await openOrigin((_request, response) => {
      // Reads nothing of the request until the connection is looked at.
      response.write("begun");
    });
    const get = createFetch(sink.pool, { base: sink.url });
    const controller = new AbortController();
    async function* endless() {
      for (;;) {
        sent += 1;
        yield new Uint8Array(65_536);
      }
    }
    const body = endless() as unknown as ReadableStream;
    const response = await get("/", { method: "POST", body, signal: controller.signal });
    const counts: number[] = [];
    while (counts.length < 2 || counts.at(-1) !== counts.at(-2)) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      counts.push(sent);
    }

    assert.ok(sent < 1_000, `${sent} chunks were taken by nobody`);
    const broken = assert.rejects(response.text(), { name: "AbortError" });
    controller.abort();
    await broken;
  });

  it("tells the source of an upload when the call is given up", async () => {
    const get = createFetch(origin.pool, { base: origin.url });
    const controller = new AbortController();
    const cancelled = new Promise((resolve) => {
      const body = new ReadableStream({
        start: (sink) => sink.enqueue(Buffer.from("begun")),
        cancel: resolve,
      });
      void get("/never", { method: "POST", body, signal: controller.signal }).catch(() => {});
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort();

    assert.equal(await cancelled, controller.signal.reason);
  });

  it("tells the source of an upload that never began", async () => {
    const get = createFetch(
      fromFunction(() => Promise.reject(new Error("no connection"))),
      { base: "http://api.test" },
    );
    const cancelled = new Promise((resolve) => {
      const body = new ReadableStream({ cancel: resolve });
      void get("/", { method: "POST", body }).catch(() => {});
    });

    assert.match(String(await cancelled), /no connection/);
  });

  it("fails with what the source of an upload failed with", async () => {
    const get = createFetch(origin.pool, { base: origin.url });
    async function* breaking() {
      yield "begun";
      await new Promise((resolve) => setImmediate(resolve));
      throw new RangeError("out of paper");
    }
    const body = breaking() as unknown as ReadableStream;

    await assert.rejects(get("/echo", { method: "POST", body }), causedBy(/out of paper/));
    await assert.rejects(
      get("/echo", { method: "POST", body: [7] as unknown as string }),
      causedBy(/not number/),
    );
  });

  it("says what went wrong below, and whether the request was sent", async () => {
    const listener = createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    const { port } = listener.address() as { port: number };
    await new Promise((resolve) => listener.close(resolve));
    await using pool = openConnectionPool({ connector: createTcpConnector({ host: "127.0.0.1", port }) });

    await assert.rejects(createFetch(pool)(`http://127.0.0.1:${port}/`), (error: Error) => {
      assert.equal(error.message, "fetch failed");
      assert.ok(isMillraceError(error.cause, "connect-failed") && error.cause.unsent);
      return true;
    });
  });

  it("ends with the call it is made for", async () => {
    const get = createFetch(origin.pool, { base: origin.url });
    const context = createContext();
    const pending = get("/never", { context });
    context.abort(new RangeError("the client went away"));

    await assert.rejects(pending, { name: "RangeError" });
  });

  it("gives up the rest of a body whose stream is cancelled", async () => {
    const get = createFetch(origin.pool, { base: origin.url });
    const response = await get("/begun");
    await response.body!.cancel();

    assert.equal(response.bodyUsed, true);
    await assert.rejects(response.text(), TypeError);
  });

  it("reads with a buffer of the reader's", async () => {
    const get = createFetch(origin.pool, { base: origin.url });
    const reader = (await get("/chunks")).body!.getReader({ mode: "byob" });
    let text = "";
    for (
      let read = await reader.read(new Uint8Array(2));
      !read.done;
      read = await reader.read(new Uint8Array(2))
    ) {
      text += Buffer.from(read.value).toString();
    }

    assert.equal(text, "one two three");
  });

  it("decodes what servers send compressed, unless told not to", async () => {
    const get = createFetch(origin.pool, { base: origin.url });
    const raw = createFetch(origin.pool, { base: origin.url, decompress: false });

    assert.equal(await (await get("/encoded?by=gzip")).text(), plainText);
    assert.match(
      ((await (await get("/echo")).json()) as { headers: Record<string, string> }).headers[
        "accept-encoding"
      ]!,
      /^gzip, deflate, br/,
    );
    assert.notEqual(await (await raw("/encoded?by=gzip")).text(), plainText);
    await assert.rejects(
      (await get("/encoded?by=gzip&cut")).text(),
      causedBy(/cannot be decoded: unexpected end of file/, "terminated"),
    );
  });

  it("says what it refuses", async () => {
    const get = createFetch(origin.pool, { base: origin.url });

    await assert.rejects(get("/text", { integrity: "sha256-x" }), causedBy(/integrity mismatch/));
    await assert.rejects(
      get("/echo", { method: "POST", body: "abc", headers: { "Content-Length": "4" } }),
      causedBy(/a Content-Length of 4 does not fit content of 3 bytes/),
    );
    await assert.rejects(get("/text", { headers: 3 as unknown as Headers }), /are pairs or an object/);
    await assert.rejects(get("/text", { redirect: "maybe" as "follow" }), /follow, error or manual/);
    await assert.rejects(get("/text", { signal: {} as AbortSignal }), /signal is no AbortSignal/);
    for (const pair of [["a"], ["a", "b", "c"]]) {
      const headers = [pair] as unknown as [string, string][];
      await assert.rejects(get("/text", { headers }), /are pairs, and one has [13] parts/);
    }
    await assert.rejects(get({} as never), /Failed to parse URL from \[object Object\]/);
    for (const input of [null, undefined, 7]) {
      await assert.rejects(get(input as never), new RegExp(`Failed to parse URL from ${input}`));
    }
    assert.equal((await get("/text", null as never)).status, 200);
    await assert.rejects(get("/text", { method: "POST", body: 7 as unknown as string }), /cannot send/);
    assert.throws(
      () => createFetch(origin.pool, { base: "ftp://x/" }),
      (error) => isMillraceError(error, "invalid-options"),
    );
  });

  it("reads a URL of whatever has one for its text", async () => {
    const get = createFetch(origin.pool, { base: origin.url });
    const input = { toString: () => `${origin.url}/text` };

    assert.equal((await get(input as unknown as URL)).url, `${origin.url}/text`);
  });

  it("has nothing to read of a 205, whatever came with it", async () => {
    const body = BytesBody.ofText("not to be seen");
    const get = createFetch(fromFunction(() => ({ status: 205, reason: "", fields: new Fields(), body })));
    const response = await get("http://a.test/");

    assert.equal(response.body, null);
    assert.equal(await response.text(), "");
    assert.equal((await response.bytes()).length, 0);
  });

  it("puts one listener on a signal that many calls share, for Node warns of eleven", async () => {
    const get = createFetch(origin.pool, { base: origin.url });
    const controller = new AbortController();
    const calls = Array.from({ length: 20 }, () => get("/never", { signal: controller.signal }));
    const ended = Promise.allSettled(calls);
    assert.equal(getEventListeners(controller.signal, "abort").length, 1);
    controller.abort(new RangeError("enough"));

    for (const call of await ended) {
      assert.equal(call.status === "rejected" && (call.reason as Error).message, "enough");
    }
    assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  });

  it("leaves no listener on a signal that outlives its calls", async () => {
    const get = createFetch(origin.pool, { base: origin.url });
    const { signal } = new AbortController();
    let listening = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: Parameters<AbortSignal["addEventListener"]>) => {
      listening += 1;
      addEventListener.apply(signal, args);
    };
    signal.removeEventListener = (...args: Parameters<AbortSignal["removeEventListener"]>) => {
      listening -= 1;
      removeEventListener.apply(signal, args);
    };
    for (const path of ["/text", "/chunks", "/redirect?to=/large", "/status?code=204"]) {
      await (await get(path, { signal })).text();
    }
    await assert.rejects(get("/drop", { signal }));

    assert.equal(listening, 0);
  });
});

/** A fetch whose service keeps the requests it gets. */
function recorded(
  base: string | undefined,
  answer: (request: HttpRequest) => { status: number; fields?: [string, string][] } = () => ({ status: 200 }),
) {
  const asked: { target: HttpRequest["target"]; fields: Fields }[] = [];
  const service = fromFunction<HttpRequest, HttpResponse>((request) => {
    asked.push({ target: request.target, fields: request.fields.clone() });
    const { status, fields = [] } = answer(request);
    return { status, reason: "", fields: Fields.from(fields), body: BytesBody.ofText("answer") };
  });
  return { asked, get: createFetch(service, { base }) };
}

function causedBy(pattern: RegExp, message = "fetch failed") {
  return (error: Error) => {
    assert.equal(error.name, "TypeError");
    assert.equal(error.message, message);
    assert.match((error.cause as Error).message, pattern);
    return true;
  };
}
