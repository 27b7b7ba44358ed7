import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer as createListener } from "node:net";
import { describe, it } from "node:test";
import { createServer as createSecureListener } from "node:tls";
import { createDeferred } from "../../base/deferred.js";
import { good, key } from "../../channel/tls/certificates.test.fixture.js";
import type { HttpResponse } from "../http/message.js";
import { finalStatuses, respond, serveInMemory, serviceOf } from "../proof/server-side.js";
import { createServer } from "./server.js";

const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const closing = /Connection: close\r\n/;

describe("ServerConnection, retired", () => {
  it("waits for the next request of an idle client, and says goodbye with its response", async () => {
    const side = serveInMemory(() => respond(200));
    side.client.send(get);
    await side.clock.advance(0);
    side.connection.retire(true);
    await side.clock.advance(1_000);
    assert.equal(side.client.over, false);
    assert.doesNotMatch(side.client.take(), closing);
    side.client.send(get);
    await side.clock.advance(0);

    assert.match(side.client.text, closing);
    assert.equal(side.client.over, true);
  });

  it("makes the response of a request in progress the last", async () => {
    const answer = createDeferred<HttpResponse>();
    const side = serveInMemory(() => answer.promise);
    side.client.send(get);
    await side.clock.advance(0);
    side.connection.retire(true);
    answer.resolve(respond(200));
    await side.clock.advance(0);

    assert.match(side.client.text, closing);
    assert.equal(side.client.over, true);
  });

  it("keeps the word of a response whose head has left: the one after it is the last", async () => {
    const side = serveInMemory((request) => respond(200, request.body));
    side.client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    await side.clock.advance(0);
    side.connection.retire(true);
    side.client.send("0\r\n\r\n");
    await side.clock.advance(0);
    assert.match(side.client.text, /\r\n0\r\n\r\n$/);
    assert.doesNotMatch(side.client.take(), closing);
    assert.equal(side.client.over, false);
    side.client.send(get);
    await side.clock.advance(0);

    assert.match(side.client.text, closing);
    assert.equal(side.client.over, true);
  });

  it("still answers requests that were sent ahead, the last of them with its goodbye", async () => {
    const answer = createDeferred<undefined>();
    const side = serveInMemory(async () => {
      await answer.promise;
      return respond(200);
    });
    side.client.send(get + get + get);
    await side.clock.advance(0);
    side.connection.retire(true);
    answer.resolve(undefined);
    await side.clock.advance(0);

    assert.deepEqual(finalStatuses(side.client.text), [200, 200, 200]);
    assert.equal(side.client.text.split(closing).length, 2);
    assert.equal(side.client.over, true);
  });

  it("goes on as before when that is taken back", async () => {
    const side = serveInMemory(() => respond(200));
    side.connection.retire(true);
    side.connection.retire(false);
    side.client.send(get);
    await side.clock.advance(0);

    assert.doesNotMatch(side.client.text, closing);
    assert.equal(side.client.over, false);
  });

  it("does not undo a drain", async () => {
    const answer = createDeferred<HttpResponse>();
    const side = serveInMemory(() => answer.promise);
    side.client.send(get);
    await side.clock.advance(0);
    side.connection.drain();
    side.connection.retire(false);
    answer.resolve(respond(200));
    await side.clock.advance(0);

    assert.equal(side.client.over, true);
  });
});

describe("createServer, retired", () => {
  for (const secure of [false, true]) {
    it(`tells clients that come late, and when the last has left: ${secure ? "TLS" : "TCP"}`, async () => {
      const server = createServer(serviceOf(() => respond(200)));
      const listener = secure ? createSecureListener({ cert: good, key }) : createListener();
      server.attach(listener);
      listener.listen(0, "127.0.0.1");
      await once(listener, "listening");
      await server.whenIdle();
      const accepted = once(listener, "connection");
      const { port } = listener.address() as AddressInfo;
      const client = connect({ port, host: "127.0.0.1" });
      await accepted;
      server.retire(true);
      let idle = false;
      const leaving = server.whenIdle().then(() => (idle = true));
      await once(client, "connect");
      if (secure) client.destroy();
      else client.end(get);
      assert.equal(idle, false);
      if (!secure) assert.match(String(await once(client, "data")), closing);
      await leaving;

      assert.equal(server.connections, 0);
      await server.close(0);
    });
  }
});
