import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createDeferred } from "../base/deferred.js";
import { MillraceError } from "../base/errors.js";
import { MockService } from "../testing/mock-service.js";
import { settle, VirtualClock } from "../testing/virtual-clock.js";
import { createContext } from "./context.js";
import { faults } from "./fault.js";
import { type Connection, openReconnect, type ReconnectOptions } from "./reconnect.js";

describe("openReconnect", () => {
  it("T-util oneshot drives readiness: connects at the first call, once for all who wait", async () => {
    const { attempts, service } = setup();
    assert.equal(attempts.length, 0);
    const calls = ["a", "b"].map((name) => service.call(name, createContext()));
    await settle();
    assert.equal(attempts.length, 1);
    const connection = await attempts[0]!.succeed();
    for (const call of connection.calls) call.respond("pong");

    assert.deepEqual(await Promise.all(calls), ["pong", "pong"]);
  });

  it("connects again, lazily, when the connection is lost", async () => {
    const { attempts, service, connected } = setup();
    const connection = await connected();
    const broken = service.call("b", createContext());
    connection.last.fail(lost());
    await assert.rejects(broken, { code: "connection-lost" });
    await settle();
    assert.equal(attempts.length, 1);
    assert.equal(connection.closed, true);
    void service.call("c", createContext());
    await settle();

    assert.equal(attempts.length, 2);
  });

  it("keeps the connection after other failures", async () => {
    const { attempts, service, connected } = setup();
    const connection = await connected();
    const failed = service.call("b", createContext());
    connection.last.fail(new Error("not found"));
    await assert.rejects(failed, /not found/);
    void service.call("c", createContext());

    assert.equal(attempts.length, 1);
    assert.equal(connection.closed, false);
  });

  it("fails those who waited for a connection that could not be made", async () => {
    const { attempts, service } = setup();
    const call = service.call("a", createContext());
    await settle();
    const cause = new Error("refused");
    attempts[0]!.fail(cause);

    await assert.rejects(call, { code: "connect-failed", unsent: true, cause });
  });

  it("takes a connector that throws for one that fails", async () => {
    const connect = () => {
      throw new Error("no such host");
    };
    const { service } = setup({ connect });

    await assert.rejects(service.call("a", createContext()), { code: "connect-failed" });
    await assert.rejects(service.call("b", createContext()), { retryAfterMs: 100 });
  });

  it("tries nothing until the back-off has passed, and longer each time", async () => {
    const { clock, attempts, service } = setup();
    for (const waitMs of [100, 200]) {
      const call = service.call("a", createContext());
      await settle();
      attempts.at(-1)!.fail(new Error("refused"));
      await assert.rejects(call, { code: "connect-failed" });
      await clock.advance(waitMs - 1);
      await assert.rejects(service.call("b", createContext()), { code: "connect-failed", retryAfterMs: 1 });
      await clock.advance(1);
    }

    assert.equal(attempts.length, 2);
  });

  it("takes a connection lost before it answered for a failure to connect", async () => {
    const { clock, attempts, service } = setup();
    for (const waitMs of [100, 200]) {
      const call = service.call("a", createContext());
      await settle();
      const connection = await attempts.at(-1)!.succeed();
      connection.last.fail(lost());
      await assert.rejects(call, { code: "connection-lost" });
      await assert.rejects(service.call("b", createContext()), { retryAfterMs: waitMs });
      await clock.advance(waitMs);
    }
  });

  it("lets a caller that gives up go, and connects for the others", async () => {
    const { attempts, service } = setup();
    const caller = createContext();
    const left = service.call("a", caller);
    const stayed = service.call("b", createContext());
    await settle();
    caller.abort(new Error("tired"));
    await assert.rejects(left, /tired/);
    const connection = await attempts[0]!.succeed();
    connection.last.respond("pong");

    assert.equal(await stayed, "pong");
    assert.equal(connection.calls.length, 1);
  });

  it("connects for who waits until it is ready, however often it takes", async () => {
    const { clock, attempts, service } = setup();
    const ready = service.whenReady();
    await settle();
    attempts[0]!.fail(new Error("refused"));
    await clock.advance(100);
    await attempts[1]!.succeed();

    await ready;
    assert.equal(service.ready, true);
    assert.equal(clock.pending, 0);
  });

  it("replaces a connection whose readiness fails", async () => {
    const { attempts, service, connected } = setup();
    const connection = await connected();
    connection.allow(0);
    const ready = service.whenReady();
    connection.break(new Error("gone"));
    await settle();
    await attempts[1]!.succeed();

    await ready;
    assert.equal(service.ready, true);
  });

  it("closes its connection, refuses calls from then on, and leaves no timer", async () => {
    const { clock, service, connected } = setup();
    const connection = await connected();
    await Promise.all([service.close(), service.close()]);

    assert.equal(connection.closed, true);
    assert.equal(service.ready, false);
    await assert.rejects(service.call("b", createContext()), { code: "closed" });
    await assert.rejects(service.whenReady(), { code: "closed" });
    assert.equal(clock.pending, 0);
  });

  it("can be closed while it connects, and while it waits to", async () => {
    const { clock, attempts, service } = setup();
    const refused = assert.rejects(service.call("a", createContext()), { code: "closed" });
    await settle();
    const closed = service.close();
    const connection = await attempts[0]!.succeed();
    await closed;
    await refused;
    assert.equal(connection.closed, true);

    const other = setup();
    const unready = assert.rejects(other.service.whenReady(), { code: "closed" });
    await settle();
    other.attempts[0]!.fail(new Error("refused"));
    await settle();
    assert.equal(other.clock.pending, 1);
    await other.service.close();
    await unready;
    assert.equal(clock.pending + other.clock.pending, 0);
  });

  it("takes a judge that throws for a yes, and goes on when a connection cannot be closed", async () => {
    const heard: string[] = [];
    using _listener = faults.subscribe(({ where }) => heard.push(where));
    const clumsy = () => {
      throw new Error("clumsy");
    };
    const { service, connected } = setup({ isLost: clumsy });
    const connection = await connected();
    connection[Symbol.dispose] = clumsy;
    const failed = service.call("b", createContext());
    connection.last.fail(new Error("broken"));
    await assert.rejects(failed, /broken/);

    assert.deepEqual(heard, ["reconnect.isLost", "reconnect.connect"]);
  });

  it("rejects a back-off out of its range", () => {
    assert.throws(() => setup({ backoff: { initialMs: 0 } }), { code: "invalid-options" });
  });
});

class MockConnection extends MockService<string, string> {
  closed = false;

  [Symbol.dispose] = () => {
    this.closed = true;
  };
}

function lost(): MillraceError {
  return new MillraceError("cut", { code: "connection-lost", unsent: false });
}

function setup(options: Partial<ReconnectOptions<string, string>> = {}) {
  const clock = new VirtualClock();
  const attempts: { succeed(): Promise<MockConnection>; fail(error: unknown): void }[] = [];
  const connect = () => {
    const made = createDeferred<Connection<string, string>>();
    const succeed = async () => {
      const connection = new MockConnection();
      made.resolve(connection);
      await settle();
      return connection;
    };
    attempts.push({ succeed, fail: made.reject });
    return made.promise;
  };
  const backoff = { initialMs: 100, jitter: 0 };
  const service = openReconnect<string, string>({ connect, clock, backoff, ...options });
  const connected = async () => {
    const call = service.call("a", createContext());
    await settle();
    const connection = await attempts[0]!.succeed();
    connection.last.respond("pong");
    await call;
    return connection;
  };
  return { clock, attempts, service, connected };
}
