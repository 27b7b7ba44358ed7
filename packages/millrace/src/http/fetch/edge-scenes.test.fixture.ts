import { createHash } from "node:crypto";
import { sleep, systemClock } from "../../base/index.js";
import {
  type AnyFetch,
  echoed,
  fails,
  redirected,
  type Scene,
  seen,
  webStream,
} from "./scenes.test.fixture.js";

/** What is asked of both fetches at the edges: integrity, requests sent again, bodies that are none, givings-up. */
export const edgeScenes: Record<string, Scene> = {
  ...integrityScenes(),
  ...requestScenes(),
  "a HEAD of encoded content": async (get, url) =>
    seen(await get(`${url}/encoded?by=gzip`, { method: "HEAD" })),
  "content encoded by x-gzip": async (get, url) => seen(await get(`${url}/encoded?by=x-gzip`)),
  "a coding in capitals": async (get, url) => seen(await get(`${url}/encoded?by=GZIP`)),
  "encoded content that is empty": async (get, url) => seen(await get(`${url}/encoded-empty`)),
  "a 205, whose body is null": async (get, url) => seen(await get(`${url}/status?code=205`)),
  "a 304 with a length": async (get, url) => seen(await get(`${url}/not-modified`)),
  "early hints before the answer": async (get, url) => seen(await get(`${url}/hints`)),
  "a form of parts, read": async (get, url) => {
    const form = await (await get(`${url}/multipart`)).formData();
    const file = form.get("file") as File;
    return [form.get("a"), file.name, file.type, await file.text()];
  },
  "a form of pairs, read": async (get, url) => [...(await (await get(`${url}/pairs`)).formData())],
  "text read as a form": async (get, url) => fails((await get(`${url}/text`)).formData()),
  "20 redirects": async (get, url) => seen(await get(`${url}/steps?left=20`)),
  "21 redirects": async (get, url) => fails(get(`${url}/steps?left=21`)),
  "headers of a response, which cannot be changed": async (get, url) => {
    const { headers } = await get(`${url}/text`);
    const change = (how: () => void) => fails(async () => how());
    return [
      await change(() => headers.set("a", "b")),
      await change(() => headers.append("a", "b")),
      await change(() => headers.delete("content-type")),
      headers.get("content-type"),
    ];
  },
  "headers that are none": async (get, url) =>
    fails(async () => get(`${url}/text`, { headers: 3 as unknown as Headers })),
  "the length of a body, told rightly": async (get, url) =>
    echoed(await get(`${url}/echo`, { method: "POST", body: "abc", headers: { "Content-Length": "3" } })),
  "the length of a body, told wrongly": async (get, url) =>
    fails(get(`${url}/echo`, { method: "POST", body: "abc", headers: { "Content-Length": "5" } })),
  "a Connection to be closed": async (get, url) =>
    echoed(await get(`${url}/echo`, { headers: { Connection: "close" } })),
  "a header beyond latin1": async (get, url) => fails(async () => get(url, { headers: { "x-a": "\u20ac" } })),
  "options that a server has no use for": async (get, url) =>
    seen(
      await get(`${url}/text`, {
        keepalive: true,
        cache: "no-store",
        mode: "cors",
        credentials: "omit",
        referrerPolicy: "no-referrer",
      } as RequestInit),
    ),
  "a stream of text, which is not bytes": async (get, url) => {
    const texts = new ReadableStream({
      start(to) {
        to.enqueue("text");
        to.close();
      },
    });
    return fails(get(`${url}/echo`, streamed(texts)));
  },
  "a stream that fails": async (get, url) =>
    fails(
      get(`${url}/echo`, streamed(new ReadableStream({ pull: (to) => to.error(new RangeError("mine")) }))),
    ),
  "a stream that somebody else reads": async (get, url) => {
    const stream = webStream("x");
    stream.getReader();
    return fails(async () => get(`${url}/echo`, streamed(stream)));
  },
  "a signal that aborts during the upload": async (get, url) => {
    const controller = new AbortController();
    let left = 20;
    const slow = new ReadableStream({
      // Not every fetch tells the source that nobody reads it any more.
      pull: (to) =>
        sleep(systemClock, 10).then(() => (left-- > 0 ? to.enqueue(Buffer.from("x")) : to.close())),
    });
    const pending = fails(get(`${url}/echo`, { ...streamed(slow), signal: controller.signal }));
    void sleep(systemClock, 40).then(() => controller.abort());
    return await pending;
  },
  "a signal that aborts before the content is read": async (get, url) => {
    const results: unknown[] = [];
    for (const path of ["/text", "/large"]) {
      const controller = new AbortController();
      const response = await get(url + path, { signal: controller.signal });
      controller.abort();
      results.push(await fails(response.text()));
    }
    return results;
  },
  "a signal that aborts before the stream of the content is taken": async (get, url) => {
    const controller = new AbortController();
    const response = await get(`${url}/text`, { signal: controller.signal });
    controller.abort();
    return await fails(response.body!.getReader().read());
  },
  "a signal that aborts after the content was read": async (get, url) => {
    const controller = new AbortController();
    const response = await get(`${url}/text`, { signal: controller.signal });
    const text = await response.text();
    controller.abort();
    return [text, response.bodyUsed];
  },
  "a signal that aborts while the stream is read": async (get, url) => {
    const controller = new AbortController();
    const reader = (await get(`${url}/begun`, { signal: controller.signal })).body!.getReader();
    await reader.read();
    const next = fails(reader.read());
    controller.abort();
    return await next;
  },
  "a signal that aborts between redirects": async (get, url) => {
    const controller = new AbortController();
    const to = encodeURIComponent("/never");
    const pending = fails(get(`${url}/redirect?to=${to}`, { signal: controller.signal }));
    void sleep(systemClock, 40).then(() => controller.abort());
    return await pending;
  },
  "a signal that aborts with a text": async (get, url) => {
    const controller = new AbortController();
    void sleep(systemClock, 20).then(() => controller.abort("why"));
    return await get(`${url}/never`, { signal: controller.signal }).catch((reason: unknown) => reason);
  },
  // eslint-disable-next-line no-restricted-properties -- the signal that users pass is what is tried
  "a signal of time": async (get, url) => fails(get(`${url}/never`, { signal: AbortSignal.timeout(20) })),
  "a body that is cancelled": async (get, url) => {
    const response = await get(`${url}/begun`);
    await response.body!.cancel();
    return [response.bodyUsed, await fails(response.text())];
  },
  "a response made of another's parts": async (get, url) => {
    const { body, headers, status } = await get(`${url}/json`);
    const made = new Response(body, { headers, status });
    return [await made.json(), made.headers.get("content-type")];
  },
};

/** Of the text that `/json` answers. */
function digest(algorithm: string, text = '{"a":[1,"ü"]}'): string {
  return `${algorithm}-${createHash(algorithm).update(text).digest("base64")}`;
}

function integrityScenes(): Record<string, Scene> {
  const get: Record<string, readonly [path: string, integrity: string, init?: RequestInit]> = {
    "that is right": ["/json", digest("sha256")],
    "that is wrong": ["/json", digest("sha256", "other")],
    "of which the strongest is right": ["/json", `${digest("sha256", "other")} ${digest("sha512")}`],
    "of which the strongest is wrong": ["/json", `${digest("sha256")} ${digest("sha512", "other")}`],
    "of which one is right": ["/json", `${digest("sha384", "other")} ${digest("sha384")}`],
    "of no known algorithm": ["/json", "md5-abc"],
    "for URLs": ["/json", digest("sha512").replaceAll("+", "-").replaceAll("/", "_")],
    "of content that arrives in pieces": ["/chunks", digest("sha256", "one two three")],
    "of content that is decoded": ["/encoded?by=gzip", digest("sha256", "other")],
    "of what a redirect leads to": ["/redirect?to=/json", digest("sha256")],
    "of an answer without content": ["/status?code=204", digest("sha256", "")],
    "of an answer to HEAD": ["/json", digest("sha256", ""), { method: "HEAD" }],
    "of content that is cut short": ["/cut", digest("sha256", "only this")],
  };
  const scenes: Record<string, Scene> = {};
  for (const [what, [path, integrity, init]] of Object.entries(get)) {
    scenes[`an integrity ${what}`] = async (get, url) =>
      get(url + path, { ...init, integrity }).then(seen, (error: unknown) =>
        fails(Promise.reject(error as Error)),
      );
  }
  scenes["the integrity of a Request"] = async (get, url) =>
    fails(get(new Request(`${url}/json`, { integrity: digest("sha256", "other") })));
  scenes["a signal that aborts while integrity is checked"] = async (get, url) => {
    const controller = new AbortController();
    void sleep(systemClock, 40).then(() => controller.abort());
    return fails(get(`${url}/begun`, { integrity: digest("sha256"), signal: controller.signal }));
  };
  return scenes;
}

function requestScenes(): Record<string, Scene> {
  const bodies: Record<string, () => NonNullable<RequestInit["body"]>> = {
    text: () => "content",
    "a blob": () => new Blob(["some ", "content"], { type: "text/csv" }),
    "a form of pairs": () => new URLSearchParams({ a: "1" }),
  };
  const scenes: Record<string, Scene> = {};
  for (const code of [301, 302, 303, 307, 308]) {
    for (const [what, body] of Object.entries(bodies)) {
      scenes[`a ${code} after a Request of ${what}`] = async (get: AnyFetch, url: string) => {
        const init = { method: "POST", body: body() };
        return redirected(await get(new Request(`${url}/redirect?code=${code}&to=/echo`, init)));
      };
    }
  }
  scenes["a 307 after a 308 after a Request of text"] = async (get, url) => {
    const to = encodeURIComponent("/redirect?code=307&to=/echo");
    return redirected(
      await get(new Request(`${url}/redirect?code=308&to=${to}`, { method: "PUT", body: "content" })),
    );
  };
  scenes["a Request that was sent, sent again"] = async (get, url) => {
    const request = new Request(`${url}/echo`, { method: "POST", body: "content" });
    await (await get(request)).text();
    return [request.bodyUsed, await fails(async () => get(request))];
  };
  scenes["a Request, and its clone"] = async (get, url) => {
    const request = new Request(`${url}/echo`, { method: "POST", body: "content" });
    const clone = request.clone();
    const bodyOf = async (response: Response) => ((await response.json()) as { body: string }).body;
    return [await bodyOf(await get(request)), await bodyOf(await get(clone))];
  };
  return scenes;
}

function streamed(body: ReadableStream): RequestInit {
  return { method: "POST", body, duplex: "half" } as RequestInit;
}
