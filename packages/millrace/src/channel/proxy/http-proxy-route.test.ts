import assert from "node:assert/strict";
import { createServer } from "node:https";
import { describe, it } from "node:test";
import { createContext } from "../../service/context.js";
import { readAll } from "../../wire/http/body.js";
import { requestTo } from "../../wire/proof/client-side.js";
import { openChannel } from "../channel.js";
import { listenTcp } from "../connect/listen.test.fixture.js";
import { authority, keyTwo, serverOne } from "../tls/certificates.test.fixture.js";
import { createHttpProxyRoute } from "./http-proxy-route.js";
import { listenAsProxy } from "./tunnel-proxy.test.fixture.js";

describe("createHttpProxyRoute", () => {
  it("leads a channel through a proxy", async () => {
    const server = createServer({ cert: serverOne, key: keyTwo }, (request, response) => {
      response.end(`${request.headers.host} ${request.url}`);
    });
    await using target = await listenTcp(server);
    await using proxy = await listenAsProxy();
    const url = `https://one.test:${target.port}`;
    const route = createHttpProxyRoute(url, `http://mill:race@127.0.0.1:${proxy.port}`, {
      tls: { ca: authority },
    });
    await using channel = openChannel(url, route);
    const { status, body } = await channel.call(requestTo("/a", { target: onward("/a") }), createContext());

    assert.equal(status, 200);
    assert.equal((await readAll(body, 1_000)).toString(), `one.test:${target.port} /a`);
    assert.match(proxy.heads[0]!, /\r\nProxy-Authorization: Basic bWlsbDpyYWNl\r\n/);
  });
});

/** For whatever host the channel is for. */
function onward(path: string) {
  return { form: "origin", path, authority: "", scheme: "https" } as const;
}
