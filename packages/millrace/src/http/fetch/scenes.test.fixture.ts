import { sleep, systemClock } from "../../base/index.js";

/** The part of `fetch` that scenes use. */
export type AnyFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
/** Asks something of a fetch, and gives what can be compared. */
export type Scene = (get: AnyFetch, url: string) => Promise<unknown>;

/** Fields that belong to one connection or one moment, or that `decompress` takes away. */
const passing = new Set([
  "connection",
  "keep-alive",
  "date",
  "transfer-encoding",
  "content-encoding",
  "content-length",
]);

/** What is asked of both fetches, each giving something to compare. */
export const scenes: Record<string, Scene> = {
  ...Object.fromEntries(
    [
      "/text",
      "/json",
      "/empty",
      "/large",
      "/chunks",
      "/cookies",
      "/latin1",
      "/reason",
      "/nowhere",
      "/mark",
      "/not-utf8",
    ].map((path) => [`a GET of ${path}`, async (get: AnyFetch, url: string) => seen(await get(url + path))]),
  ),
  ...Object.fromEntries(
    [204, 304, 201, 404, 418, 500, 503, 300].map((code) => [
      `an answer of status ${code}`,
      async (get: AnyFetch, url: string) => seen(await get(`${url}/status?code=${code}`)),
    ]),
  ),
  ...Object.fromEntries(
    ["gzip", "deflate", "deflate-raw", "br", "gzip-br", "unknown"].map((by) => [
      `an answer encoded by ${by}`,
      async (get: AnyFetch, url: string) => seen(await get(`${url}/encoded?by=${by}`)),
    ]),
  ),
  "a HEAD": async (get, url) => seen(await get(`${url}/large`, { method: "HEAD" })),
  "a URL object, a query and a fragment": async (get, url) =>
    seen(await get(new URL("/text?a=b c#part", url))),
  "a URL with dots and spaces": async (get, url) => seen(await get(`${url}/x/../te%78t/./ä b`)),
  // A Request does not tell what its body was made of: ours is sent in chunks.
  "a Request": async (get, url) => {
    const init = { method: "POST", body: "hi", headers: { "X-A": "1" } };
    const {
      coding: _coding,
      length: _length,
      ...rest
    } = await echoed(await get(new Request(`${url}/echo`, init)));
    return rest;
  },
  "a Request with other init": async (get, url) => {
    const init = { method: "put", body: "ho" };
    return echoed(await get(new Request(`${url}/echo`, { method: "POST", body: "hi" }), init));
  },
  "headers as a record": async (get, url) =>
    echoed(await get(`${url}/echo`, { headers: { "x-a": " 1 ", "X-B": "2" } })),
  "headers as pairs": async (get, url) =>
    echoed(
      await get(`${url}/echo`, {
        headers: [
          ["x-a", "1"],
          ["x-a", "2"],
        ],
      }),
    ),
  "headers as Headers": async (get, url) =>
    echoed(await get(`${url}/echo`, { headers: new Headers({ "X-A": "1" }) })),
  "a text": async (get, url) => echoed(await get(`${url}/echo`, { method: "POST", body: "Grüße" })),
  "an empty text": async (get, url) => echoed(await get(`${url}/echo`, { method: "POST", body: "" })),
  "no body with POST": async (get, url) => echoed(await get(`${url}/echo`, { method: "POST" })),
  bytes: async (get, url) =>
    echoed(await get(`${url}/echo`, { method: "PUT", body: new Uint8Array([1, 200, 3]) })),
  "an ArrayBuffer": async (get, url) =>
    echoed(await get(`${url}/echo`, { method: "PUT", body: new ArrayBuffer(3) })),
  "a DataView": async (get, url) =>
    echoed(await get(`${url}/echo`, { method: "PUT", body: new DataView(new ArrayBuffer(8), 2, 4) })),
  "a form of pairs": async (get, url) =>
    echoed(await get(`${url}/echo`, { method: "POST", body: new URLSearchParams({ a: "1 2", ü: "&" }) })),
  "a blob": async (get, url) =>
    echoed(
      await get(`${url}/echo`, { method: "POST", body: new Blob(["some ", "text"], { type: "text/csv" }) }),
    ),
  "a form with a file": async (get, url) =>
    echoed(await get(`${url}/echo`, { method: "POST", body: form() })),
  "a content type of the caller's": async (get, url) =>
    echoed(
      await get(`${url}/echo`, { method: "POST", body: "a,b", headers: { "Content-Type": "text/csv" } }),
    ),
  "a web stream": async (get, url) =>
    echoed(
      await get(`${url}/echo`, {
        method: "POST",
        body: webStream("some ", "stream"),
        duplex: "half",
      } as RequestInit),
    ),
  "an async iterable": async (get, url) =>
    echoed(
      await get(`${url}/echo`, {
        method: "POST",
        body: chunks("some ", "chunks"),
        duplex: "half",
      } as unknown as RequestInit),
    ),
  "a method in lower case": async (get, url) => echoed(await get(`${url}/echo`, { method: "delete" })),
  "patch, which stays as it is": async (get, url) =>
    echoed(await get(`${url}/echo`, { method: "PATCH", body: "x" })),
  "methods that are forbidden": async (get, url) => fails(get(url, { method: "TRACE" })),
  "a method that is no token": async (get, url) => fails(get(url, { method: "G T" })),
  "a GET with a body": async (get, url) => fails(get(url, { body: "x" })),
  "a header that is no token": async (get, url) => fails(get(url, { headers: { "a b": "1" } })),
  "a header with a line end": async (get, url) => fails(get(url, { headers: { a: "1\r\nb: 2" } })),
  "a URL with a password": async (get, url) => fails(get(url.replace("//", "//me:secret@"))),
  "another scheme": async (get) => fails(get("ftp://127.0.0.1/")),
  "json that is none": async (get, url) => fails((await get(`${url}/bad-json`)).json()),
  "a body read twice": async (get, url) => {
    const response = await get(`${url}/text`);
    return [
      await response.text(),
      response.bodyUsed,
      await fails(response.text()),
      await fails(response.blob()),
    ];
  },
  "a body read after its stream was taken": async (get, url) => {
    const response = await get(`${url}/chunks`);
    const { body } = response;
    return [
      body === response.body,
      response.bodyUsed,
      await response.text(),
      response.bodyUsed,
      body!.locked,
    ];
  },
  "a body read while its stream is locked": async (get, url) => {
    const response = await get(`${url}/text`);
    response.body!.getReader();
    return [response.bodyUsed, await fails(response.text())];
  },
  "the stream of a body, chunk by chunk": async (get, url) => {
    const parts: Buffer[] = [];
    for await (const chunk of (await get(`${url}/large`)).body as unknown as AsyncIterable<Uint8Array>)
      parts.push(Buffer.from(chunk));
    return Buffer.concat(parts).length;
  },
  "array buffer, blob and form": async (get, url) => {
    const blob = await (await get(`${url}/json`)).blob();
    const buffer = await (await get(`${url}/text`)).arrayBuffer();
    const mirrored = await get(`${url}/echo`, { method: "POST", body: new URLSearchParams({ a: "1" }) });
    return [
      blob.type,
      blob.size,
      await blob.text(),
      buffer.byteLength,
      buffer instanceof ArrayBuffer,
      mirrored.status,
    ];
  },
  "clones of whole and arriving bodies": async (get, url) => {
    const results: unknown[] = [];
    for (const path of ["/text", "/chunks", "/large"]) {
      const response = await get(url + path);
      const copy = response.clone();
      results.push(
        (await copy.text()).length,
        (await response.text()).length,
        await fails(async () => response.clone()),
      );
    }
    return results;
  },
  "a signal that has aborted": async (get, url) => fails(get(`${url}/text`, { signal: AbortSignal.abort() })),
  "a signal that aborts with a reason": async (get, url) => {
    const controller = new AbortController();
    const pending = fails(get(`${url}/never`, { signal: controller.signal }));
    void sleep(systemClock, 20).then(() => controller.abort(new RangeError("changed my mind")));
    return await pending;
  },
  "a signal that aborts during the body": async (get, url) => {
    const controller = new AbortController();
    const response = await get(`${url}/begun`, { signal: controller.signal });
    const pending = fails(response.text());
    controller.abort();
    return await pending;
  },
  "a connection that breaks before the answer": async (get, url) => fails(get(`${url}/drop`)),
  "a body that is cut short": async (get, url) => fails((await get(`${url}/cut`)).text()),
};

for (const code of [301, 302, 303, 307, 308]) {
  const to = encodeURIComponent("/echo?a#b");
  scenes[`a ${code} after GET`] = async (get, url) =>
    redirected(await get(`${url}/redirect?code=${code}&to=${to}#frag`));
  scenes[`a ${code} after HEAD`] = async (get, url) =>
    seen(await get(`${url}/redirect?code=${code}&to=${to}`, { method: "HEAD" }));
  scenes[`a ${code} after POST`] = async (get, url) =>
    redirected(await get(`${url}/redirect?code=${code}&to=${to}`, { method: "POST", body: "content" }));
  scenes[`a ${code} after PUT`] = async (get, url) =>
    redirected(
      await get(`${url}/redirect?code=${code}&to=${to}`, { method: "PUT", body: new Blob(["content"]) }),
    );
  scenes[`a ${code} that is not followed`] = async (get, url) =>
    seen(await get(`${url}/redirect?code=${code}&to=${to}`, { redirect: "manual" }));
  scenes[`a ${code} that is an error`] = async (get, url) =>
    fails(get(`${url}/redirect?code=${code}&to=${to}`, { redirect: "error" }));
  scenes[`a ${code} without a Location`] = async (get, url) =>
    seen(await get(`${url}/redirect?code=${code}`));
}
scenes["a 307 after a stream"] = async (get, url) =>
  fails(
    get(`${url}/redirect?code=307&to=/echo`, {
      method: "POST",
      body: webStream("x"),
      duplex: "half",
    } as RequestInit),
  );
scenes["a 303 after a stream"] = async (get, url) =>
  redirected(
    await get(`${url}/redirect?code=303&to=/echo`, {
      method: "POST",
      body: webStream("x"),
      duplex: "half",
    } as RequestInit),
  );
scenes["a redirect to another scheme"] = async (get, url) =>
  fails(get(`${url}/redirect?to=ftp%3A%2F%2Fx%2F`));
scenes["a redirect to no URL"] = async (get, url) => fails(get(`${url}/redirect?to=http%3A%2F%2F%5B`));
scenes["redirects without end"] = async (get, url) => fails(get(`${url}/round`));

/** What can be seen of a response. */
export async function seen(response: Response) {
  const { status, statusText, ok, url, redirected, type } = response;
  const headers = [...response.headers].filter(([name]) => !passing.has(name));
  const cookies = response.headers.getSetCookie();
  const nobody = response.body === null;
  const text = await response.text();
  return {
    status,
    statusText,
    ok,
    url,
    redirected,
    type,
    headers,
    cookies,
    nobody,
    text,
    used: response.bodyUsed,
  };
}

/** What arrived at the server, without what clients say about themselves. */
export async function echoed(response: Response) {
  const { method, url, headers, body } = (await response.json()) as {
    method: string;
    url: string;
    headers: Record<string, string>;
    body: string;
  };
  const { "x-a": a, "x-b": b, "content-length": length, "transfer-encoding": coding } = headers;
  const boundary = /boundary=(.*)/.exec(headers["content-type"] ?? "")?.[1] ?? "\0";
  const type = headers["content-type"]?.replace(boundary, "");
  return {
    method,
    url,
    a,
    b,
    length,
    coding,
    type,
    body: body.replaceAll(boundary, ""),
    accept: headers["accept"],
  };
}

/** Where redirects have led, and what arrived there. */
export async function redirected(response: Response) {
  const { status, url, redirected } = response;
  return { status, at: url, redirected, echo: await echoed(response) };
}

/** How work fails. */
export async function fails(work: Promise<unknown> | (() => Promise<unknown>)) {
  try {
    await (typeof work === "function" ? work() : work);
    return "did not fail";
  } catch (error) {
    const { name, cause } = error as Error;
    const fromFetch = ["fetch failed", "terminated"].includes((error as Error).message)
      ? (error as Error).message
      : undefined;
    return { name, fromFetch, caused: fromFetch !== undefined && cause instanceof Error };
  }
}

function form(): FormData {
  const form = new FormData();
  form.append('a"b', "one\ntwo");
  form.append("file", new Blob(["content"], { type: "text/plain" }), "n\u00e4me.txt");
  return form;
}

/** A stream of the web, of these texts. */
export function webStream(...texts: string[]): ReadableStream {
  return new ReadableStream({
    start(controller) {
      for (const text of texts) controller.enqueue(Buffer.from(text));
      controller.close();
    },
  });
}

async function* chunks(...texts: string[]) {
  for (const text of texts) yield Buffer.from(text);
}
