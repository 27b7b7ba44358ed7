import assert from "node:assert/strict";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:https";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { createContext } from "../../service/context.js";
import { readAll } from "../../wire/http/body.js";
import { requestTo } from "../../wire/proof/client-side.js";
import { openChannel } from "../channel.js";
import { listenTcp } from "../connect/listen.test.fixture.js";
import { createStaticResolver } from "../resolve/static.js";
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

  it("has a proxy pass calls and checks on, each with its whole URI and credentials", async () => {
    const seen: string[] = [];
    const server = createHttpServer(({ method, url, headers }, response) => {
      seen.push(`${method} ${url} ${headers.host} ${headers["proxy-authorization"]} ${headers["x-team"]}`);
      response.writeHead(url!.startsWith("http://backend.test:81/") ? 200 : 400).end("passed on");
    });
    await using proxy = await listenTcp(server);
    const target = "http://backend.test:81";
    const fields = [["X-Team", "mill"]] as const;
    const route = createHttpProxyRoute(target, `http://mill:race@127.0.0.1:${proxy.port}`, {
      form: "absolute",
      fields,
    });
    await using channel = openChannel(target, { ...route, health: "/ready", pool: { wanted: 1 } });
    await channel.whenHealthy();
    const request = requestTo("/a?b", { target: { ...onward("/a?b"), scheme: "http" } });
    const { status, body } = await channel.call(request, createContext());

    assert.deepEqual([status, (await readAll(body, 1_000)).toString()], [200, "passed on"]);
    const rest = "backend.test:81 Basic bWlsbDpyYWNl mill";
    assert.deepEqual(seen, [
      `GET http://backend.test:81/ready ${rest}`,
      `GET http://backend.test:81/a?b ${rest}`,
    ]);
  });

  it("has a proxy pass on over TLS with it what is plain HTTP beyond it", async () => {
    const seen: unknown[] = [];
    const server = createServer({ cert: serverOne, key: keyTwo }, ({ url, headers }, response) => {
      seen.push([url, headers["proxy-authorization"]]);
      response.end();
    });
    await using proxy = await listenTcp(server);
    const route = createHttpProxyRoute("http://backend.test", `https://localhost:${proxy.port}`, {
      form: "absolute",
      proxyTls: { ca: authority },
    });
    await using channel = openChannel("http://backend.test", {
      ...route,
      resolver: createStaticResolver([proxy.address]),
      health: "/ready",
      pool: { wanted: 1 },
    });
    await channel.whenHealthy();

    assert.deepEqual(seen, [["http://backend.test/ready", undefined]]);
  });

  it("has no proxy pass on what is to be encrypted", () => {
    assert.throws(
      () => createHttpProxyRoute("https://one.test", "http://127.0.0.1:1", { form: "absolute" }),
      (error) => isMillraceError(error, "invalid-options") && /an http URL/.test(error.message),
    );
  });

  it("refuses a target with a path, which is in no request, whichever way the proxy is asked", () => {
    for (const form of ["tunnel", "absolute"] as const) {
      assert.throws(
        () => createHttpProxyRoute("http://one.test/base", "http://127.0.0.1:1", { form }),
        /httpProxy\.target: expected http:\/\/one\.test alone, .* found the path \/base behind it/,
      );
    }
  });

  it("takes a password with a % as it is written", async () => {
    await using proxy = await listenAsProxy(() => "HTTP/1.1 407 Auth\r\n\r\n");
    const address = `http://mill:100%@127.0.0.1:${proxy.port}`;
    const { dialer } = createHttpProxyRoute("https://one.test", address);
    await assert.rejects(dialer(proxy.address).connect(), /does not accept the credentials/);

    assert.match(proxy.heads[0]!, new RegExp(Buffer.from("mill:100%").toString("base64")));
  });

  it("rejects what is no HTTP proxy, and keeps its password to itself", () => {
    for (const proxy of ["socks5://u:secret@x:1", "http://u:secret@", ""]) {
      assert.throws(
        () => createHttpProxyRoute("https://one.test", proxy),
        (error) => isMillraceError(error, "invalid-options") && !error.message.includes("secret"),
      );
    }
  });
});

/** For whatever host the channel is for. */
function onward(path: string) {
  return { form: "origin", path, authority: "", scheme: "https" } as const;
}
