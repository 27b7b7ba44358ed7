import assert from "node:assert/strict";
import { createServer } from "node:http";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { createContext } from "../../service/context.js";
import { readAll } from "../../wire/http/body.js";
import type { HttpRequest } from "../../wire/http/message.js";
import { requestTo } from "../../wire/proof/client-side.js";
import { createDialer } from "../connect/dialer.js";
import { listenTcp } from "../connect/listen.test.fixture.js";
import { openConnectionPool } from "../pool/connection-pool.js";
import { type AbsoluteFormOptions, absoluteForm } from "./absolute-form.js";

describe("absoluteForm", () => {
  it("writes the whole URI, keeps the Host, and shows credentials to the proxy", async () => {
    await using proxy = await serve({ credentials: { username: "mill", password: "race" } });
    const request = requestTo("/a?b", { target: target({ authority: "one.test:81", path: "/a?b" }) });
    const seen = await proxy.call(request);

    assert.deepEqual(seen, {
      url: "http://one.test:81/a?b",
      host: "one.test:81",
      authorization: `Basic ${Buffer.from("mill:race").toString("base64")}`,
    });
    assert.equal(request.target.path, "/a?b");
    assert.equal(request.fields.has("Proxy-Authorization"), false);
  });

  it("writes OPTIONS * without a path, and names the host of the options where a request names none", async () => {
    await using proxy = await serve({ authority: "two.test" });
    const request = requestTo("*", {
      method: "OPTIONS",
      target: target({ form: "asterisk", path: "*", authority: "" }),
    });

    assert.deepEqual(await proxy.call(request), { url: "http://two.test", host: "two.test" });
  });

  it("rejects what a proxy cannot be asked", async () => {
    await using proxy = await serve({});
    for (const wrong of [{ scheme: "https" }, { form: "authority" as const }, { authority: "" }]) {
      await assert.rejects(proxy.call(requestTo("/", { target: target(wrong) })), (error) =>
        isMillraceError(error, "invalid-options"),
      );
    }
  });
});

function target(parts: Partial<HttpRequest["target"]>): HttpRequest["target"] {
  return { form: "origin", path: "/", authority: "one.test", scheme: "http", ...parts };
}

async function serve(options: AbsoluteFormOptions) {
  const server = createServer((request, response) => {
    const { host, "proxy-authorization": authorization } = request.headers;
    response.end(JSON.stringify({ url: request.url, host, authorization }));
  });
  const listening = await listenTcp(server);
  const pool = openConnectionPool({ connector: createDialer()(listening.address) });
  const service = absoluteForm(options)(pool);
  const call = async (request: HttpRequest) => {
    const { body } = await service.call(request, createContext());
    return JSON.parse((await readAll(body, 10_000)).toString()) as object;
  };
  const close = async () => {
    await pool.close();
    await listening[Symbol.asyncDispose]();
  };
  return { call, [Symbol.asyncDispose]: close };
}
