import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError, MillraceError } from "../../base/errors.js";
import { createContext } from "../../service/context.js";
import { requestTo } from "../../wire/proof/client-side.js";
import { answerOf, setup } from "./http-member.test.fixture.js";

const checked = { health: { kind: "http", path: "/ready", jitter: 0 } } as const;

describe("HttpMember", () => {
  it("connects at once, and is healthy when it is connected (W18)", async () => {
    const { open, take } = setup();
    const member = open();
    assert.equal(member.ready, false);

    assert.deepEqual(await take(), ["connected", "healthy"]);
    assert.equal(member.ready, true);
  });

  it("asks on its own connection, and is not ready before the first verdict (W18)", async () => {
    const { open, server, take } = setup(checked);
    const member = open();
    assert.deepEqual([await take(), member.ready], [["connected"], false]);
    assert.match(server.last.take(), /^GET \/ready HTTP\/1\.1\r\nHost: example\.test\r\n/);
    server.last.send(answerOf(200));

    assert.deepEqual([await take(), member.ready, server.peers.length], [["healthy"], true, 1]);
  });

  it("goes on being checked when its first verdict is bad, and may recover (W18)", async () => {
    const { open, server, take, clock } = setup(checked);
    open();
    await take();
    server.last.send(answerOf(503));
    assert.deepEqual(await take(), ["unhealthy: 10.0.0.1:80 is unhealthy: status 503"]);
    await clock.advance(9_000);
    server.last.send(answerOf(204));

    assert.deepEqual(await take(), ["healthy"]);
  });

  it("does not repeat a verdict (W18)", async () => {
    const { open, server, take, clock } = setup(checked);
    open();
    await take();
    server.last.send(answerOf(200));
    assert.deepEqual(await take(), ["healthy"]);
    await clock.advance(9_000);
    server.last.send(answerOf(200));

    assert.deepEqual(await take(), []);
  });

  it("reports a connection that cannot be made, though nobody calls (W18)", async () => {
    const { open, server, take } = setup();
    server.refusal = new MillraceError("refused", { code: "connect-failed", unsent: true });
    open();

    assert.deepEqual(await take(), ["error: refused", "dropped"]);
  });

  it("gives up connecting when it is dropped (W18)", async () => {
    const { open, server, take, pending } = setup();
    server.silent = true;
    const member = open();
    await take();
    member.close(10_000);

    assert.deepEqual([await take(), server.givenUp], [["dropped"], 1]);
    assert.equal(pending(), 0);
  });

  it("is gone when its connection breaks in the middle of a call (W18)", async () => {
    const { open, server, take, call } = setup();
    const member = open();
    await take();
    const answer = call(member);
    await take();
    server.last.stream.destroy();

    await assert.rejects(answer, (error) => isMillraceError(error, "connection-lost"));
    assert.deepEqual(await take(), ["error: the connection broke before the response was whole", "dropped"]);
  });

  it("connects anew, and says nothing, when the server closes a connection that nobody uses", async () => {
    const { open, server, take, clock } = setup();
    const member = open();
    await take();
    await clock.advance(1_000);
    server.last.stream.end();

    assert.deepEqual([await take(), server.peers.length, member.ready], [[], 2, true]);
  });

  it("connects anew when the server closed a connection as the next call came", async () => {
    for (const leave of ["end", "destroy"] as const) {
      const { member, server, take, second } = await onSecondCall();
      server.last.stream[leave]();

      await assert.rejects(second, (error) => isMillraceError(error, "connection-lost"));
      assert.deepEqual([await take(), server.peers.length, member.ready], [[], 2, true], leave);
    }
  });

  it("is gone when its connection breaks once an answer has begun, however many there were before", async () => {
    const { server, take, second } = await onSecondCall();
    server.last.send("HTTP/1.1 103 Early Hints\r\n\r\n");
    await take();
    server.last.stream.destroy();

    await assert.rejects(second, (error) => isMillraceError(error, "connection-lost"));
    assert.deepEqual(await take(), ["error: the connection broke before the response was whole", "dropped"]);
  });

  it("connects anew when a call was the last on its connection", async () => {
    const { open, server, take, call } = setup();
    const member = open();
    await take();
    const answer = call(member);
    await take();
    server.last.send(answerOf(200, "Connection: close"));
    await answer;

    assert.deepEqual([await take(), server.peers.length, member.ready], [[], 2, true]);
  });

  it("connects anew when a caller gave up", async () => {
    const { open, server, take } = setup();
    const member = open();
    await take();
    const context = createContext();
    const answer = assert.rejects(member.call(requestTo("/"), context), /enough/);
    context.abort(new Error("enough"));
    await answer;

    assert.deepEqual([await take(), server.peers.length, member.ready], [[], 2, true]);
  });

  it("is gone when it cannot connect anew", async () => {
    const { open, server, take, clock } = setup();
    open();
    await take();
    await clock.advance(1_000);
    server.refusal = new MillraceError("refused", { code: "connect-failed", unsent: true });
    server.last.stream.end();

    assert.deepEqual(await take(), ["error: refused", "dropped"]);
  });

  it("is gone when the server closes each connection as soon as it is made", async () => {
    const { open, server, take } = setup();
    open();
    await take();
    server.last.stream.end();

    assert.deepEqual(await take(), [
      "error: 10.0.0.1:80 closed a connection as soon as it was made",
      "dropped",
    ]);
    assert.equal(server.peers.length, 1);
  });

  it("is not ready while it has no connection", async () => {
    const { open, server, take, clock } = setup();
    const member = open();
    await take();
    await clock.advance(1_000);
    server.silent = true;
    server.last.stream.end();
    await take();
    assert.equal(member.ready, false);
    const waiting = member.whenReady();
    member.close(0);

    await assert.rejects(waiting, (error) => isMillraceError(error, "closed"));
  });

  it("replaces its connection before the server closes it", async () => {
    const { open, server, take, call, clock } = setup();
    const member = open();
    await take();
    const answer = call(member);
    await take();
    server.last.send(answerOf(200, "Keep-Alive: timeout=5"));
    await answer;
    await clock.advance(4_200);

    assert.deepEqual([server.peers.length, server.peers[0]!.over, member.ready], [2, true, true]);
    assert.deepEqual(await take(), []);
  });

  it("keeps one connection however long nobody uses it, and closes the others", async () => {
    const { open, server, take, call, clock } = setup();
    const member = open();
    await take();
    const answers = [call(member), call(member), call(member)];
    await take();
    assert.equal(server.peers.length, 3);
    for (const peer of server.peers) peer.send(answerOf(200));
    await Promise.all(answers);
    await clock.advance(100_000);

    assert.equal(server.peers.filter(({ over }) => !over).length, 1);
    assert.equal(server.peers.length, 3);
    assert.deepEqual(member.connections(), { active: 0, idle: 1, connecting: 0, waiting: 0 });
  });

  it("has no more connections than it may, and lets calls wait", async () => {
    const { open, server, take, call } = setup({ maxConnections: 1 });
    const member = open();
    await take();
    const answers = [call(member), call(member)];
    await take();
    assert.equal(member.ready, false);
    assert.deepEqual(member.connections(), { active: 1, idle: 0, connecting: 0, waiting: 1 });
    server.last.send(answerOf(200));
    await answers[0];
    await take();
    server.last.send(answerOf(201));

    assert.equal((await answers[1]!).status, 201);
    assert.equal(server.peers.length, 1);
  });

  it("checks a member whose connections are all in use on one more", async () => {
    const { open, server, take, call, clock } = setup({ ...checked, maxConnections: 1 });
    const member = open();
    await take();
    server.last.send(answerOf(200));
    await take();
    void call(member);
    void call(member);
    await clock.advance(9_000);
    assert.equal(server.peers.length, 2);
    server.last.send(answerOf(200));
    await take();

    assert.deepEqual([await take(), server.peers[1]!.over], [[], true]);
  });

  it("lets calls in progress finish when it closes", async () => {
    const { open, server, take, call, pending } = setup();
    const member = open();
    await take();
    const answer = call(member);
    member.close(10_000);
    await take();
    server.last.send(answerOf(200));

    assert.equal((await answer).status, 200);
    assert.deepEqual([await take(), pending()], [["dropped"], 0]);
  });

  it("breaks calls off that take longer than they may", async () => {
    const { open, take, call, clock, pending } = setup();
    const member = open();
    await take();
    const answer = assert.rejects(call(member), (error) => isMillraceError(error, "connection-lost"));
    member.close(10_000);
    await clock.advance(10_000);

    await answer;
    assert.deepEqual([await take(), pending()], [["dropped"], 0]);
  });
});

/** A member whose connection has had an answer, and has another call on it. */
async function onSecondCall() {
  const { open, server, take, call } = setup();
  const member = open();
  await take();
  const first = call(member);
  await take();
  server.last.send(answerOf(200));
  await first;
  const second = call(member);
  await take();
  return { member, server, take, second };
}
