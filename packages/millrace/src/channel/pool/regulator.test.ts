import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { setup } from "./regulator.test.fixture.js";

describe("Regulator", () => {
  it("has no members before a name is resolved, and says so after a while (W7)", async () => {
    await using parts = setup();
    await parts.clock.advance(9_999);
    assert.deepEqual(parts.take(), []);
    await parts.clock.advance(1);

    assert.deepEqual(parts.take(), ["unhealthy for 10 s (0/3 healthy), last error: name not resolved yet"]);
  });

  it("says so again and again, less often (W7)", async () => {
    await using parts = setup();
    await parts.clock.advance(10_000);
    parts.take();
    await parts.clock.advance(89_999);
    assert.deepEqual(parts.take(), []);
    await parts.clock.advance(1);

    assert.deepEqual(parts.take(), [
      "still unhealthy for 100 s (0/3 healthy), last error: name not resolved yet",
    ]);
  });

  it("says so once when it is not to be repeated", async () => {
    await using parts = setup({ logUnhealthyEveryMs: Infinity });
    await parts.clock.advance(1_000_000);

    assert.equal(parts.take().length, 1);
  });

  it("says that the resolver gave up (W8)", async () => {
    await using parts = setup();
    parts.pool.ended();
    await parts.clock.advance(10_000);

    assert.match(parts.take()[0]!, /last error: the resolver gave up/);
  });

  it("keeps the resolver's error, and its addresses", async () => {
    await using parts = setup();
    parts.resolve("a");
    parts.pool.failed(new Error("SERVFAIL"));

    assert.equal(parts.pool.lastError?.message, "SERVFAIL");
    assert.deepEqual(parts.members(), ["a connecting"]);
  });

  it("races for the first member where that is asked for, and keeps the winner alone", async () => {
    await using parts = setup({ wanted: 1, racing: 2 });
    parts.resolve("hole", "good", "more");
    assert.deepEqual(parts.members(), ["hole connecting", "good connecting"]);
    parts.opened[1]!.turnHealthy();
    await parts.settle();
    assert.deepEqual(parts.members(), ["good"]);
    parts.opened[1]!.reports.dropped();
    await parts.clock.advance(1_000);

    assert.equal(parts.members().length, 2);
  });

  it("tells who waits only for an attempt that all addresses were tried in vain", async () => {
    await using parts = setup({ wanted: 1 });
    const reached: boolean[] = [];
    parts.pool.reachable.subscribe((reachable) => reached.push(reachable));
    const first = parts.pool.whenTried();
    parts.resolve("a", "b");
    parts.opened[0]!.refuse("a is down");
    assert.deepEqual([parts.members(), reached], [["b connecting"], [false]]);
    parts.opened[1]!.refuse("b is down");
    await assert.rejects(first, /b is down/);

    const second = parts.pool.whenTried();
    assert.deepEqual(parts.members(), ["a connecting"], "tried at once, for somebody waits");
    parts.opened[2]!.turnHealthy();
    await second;
    assert.deepEqual(reached, [false, true]);
    parts.opened[2]!.reports.dropped();
    assert.deepEqual(reached, [false, true, false]);
  });

  it("tells who waits only for an attempt that there is no address", async () => {
    await using parts = setup();
    const waiting = parts.pool.whenTried();
    parts.pool.failed(new Error("ENOTFOUND"));
    await assert.rejects(waiting, /ENOTFOUND/);
    await assert.rejects(parts.pool.whenTried(), /ENOTFOUND/);

    const last = parts.pool.whenTried();
    const closed = assert.rejects(last, /ENOTFOUND/);
    await parts.pool.close();
    await closed;
    await assert.rejects(parts.pool.whenTried(), (error) => isMillraceError(error, "closed"));
  });

  it("is silent for ever without an initial delay (W9)", async () => {
    await using parts = setup({ logUnhealthyAfterMs: Infinity });
    await parts.clock.advance(10_000_000);

    assert.deepEqual(parts.take(), []);
  });

  it("fills up one by one where there is one address (W10)", async () => {
    await using parts = setup();
    parts.resolve("a");
    assert.deepEqual(parts.members(), ["a connecting"]);
    assert.equal(parts.pool.lastError?.message, "still connecting");
    parts.opened[0]!.turnHealthy();
    assert.deepEqual([parts.members(), parts.health], [["a", "a connecting"], []]);
    parts.opened[1]!.turnHealthy();
    assert.deepEqual(parts.members(), ["a", "a", "a connecting"]);
    assert.deepEqual([parts.health, parts.pool.lastError], [["healthy"], undefined]);
    parts.opened[2]!.turnHealthy();
    assert.deepEqual([parts.members(), parts.health], [["a", "a", "a"], ["healthy"]]);

    await parts.clock.advance(5_000);
    parts.opened[0]!.reports.dropped();
    assert.deepEqual([parts.members(), parts.health], [["a", "a", "a connecting"], ["healthy"]]);
  });

  it("tries three addresses at once (W11)", async () => {
    await using parts = setup();
    parts.resolve("a", "b", "c", "d");

    assert.deepEqual(parts.members(), ["a connecting", "b connecting", "c connecting"]);
  });

  it("replaces one unhealthy member of three, and stays healthy (W12)", async () => {
    await using parts = setup();
    parts.resolve("a", "b", "c");
    for (const member of parts.opened.slice(0, 3)) member.turnHealthy();
    parts.take();
    parts.opened[1]!.turnUnhealthy();
    await parts.settle();

    assert.deepEqual(parts.take(), ["evicted b: unhealthy", "opened a", "dropped b"]);
    assert.deepEqual([parts.members(), parts.health], [["a", "c", "a connecting"], ["healthy"]]);
  });

  it("replaces two members that never were healthy, and is not healthy (W13)", async () => {
    await using parts = setup();
    parts.resolve("a", "b", "c", "d", "e");
    parts.opened[0]!.turnHealthy();
    parts.opened[1]!.turnUnhealthy();
    parts.opened[2]!.turnUnhealthy();

    assert.deepEqual(parts.members(), ["a", "d connecting", "e connecting"]);
    assert.deepEqual(parts.health, []);
  });

  it("replaces all three members that never were healthy: a start is not critical (W14)", async () => {
    await using parts = setup();
    parts.resolve("a", "b", "c", "d", "e", "f");
    for (const member of parts.opened.slice(0, 3)) member.turnUnhealthy();

    assert.deepEqual(parts.members(), ["d connecting", "e connecting", "f connecting"]);
    assert.deepEqual([parts.health, parts.pool.status.value], [[], "unhealthy"]);
  });

  it("keeps the last member when all fail one by one, until another is healthy (W15)", async () => {
    await using parts = setup();
    parts.resolve("a", "b", "c");
    const [a, b, c] = parts.opened.slice(0, 3);
    for (const member of [a!, b!, c!]) member.turnHealthy();
    a!.turnUnhealthy();
    assert.deepEqual(parts.health, ["healthy"]);
    b!.turnUnhealthy();
    assert.deepEqual(parts.health, ["healthy", "unhealthy"]);
    await parts.settle();
    parts.take();
    c!.turnUnhealthy();
    assert.deepEqual(parts.health, ["healthy", "unhealthy", "degraded"]);
    assert.deepEqual([parts.take(), parts.pool.usable], [["critical"], 1]);

    await parts.clock.advance(1_000);
    parts.take();
    parts.opened.at(-1)!.turnHealthy();
    assert.deepEqual(parts.take().slice(0, 2), ["no longer critical", "evicted c: unhealthy"]);
    assert.equal(parts.pool.status.value, "unhealthy");
  });

  it("lets members be called that fail their first check while it is critical (W18)", async () => {
    await using parts = setup({ wanted: 1 });
    parts.resolve("a");
    parts.opened[0]!.turnHealthy();
    await parts.clock.advance(5_000);
    parts.opened[0]!.reports.dropped();
    assert.equal(parts.pool.status.value, "degraded");
    parts.opened[1]!.turnUnhealthy();
    assert.deepEqual([parts.members(), parts.pool.usable], [["a unhealthy"], 1]);
    parts.opened[1]!.reports.healthy();

    assert.deepEqual([parts.members(), parts.pool.status.value], [["a"], "healthy"]);
  });

  it("never is critical when that is switched off", async () => {
    await using parts = setup({ wanted: 1, criticalMin: 0 });
    parts.resolve("a");
    parts.opened[0]!.turnHealthy();
    parts.opened[0]!.turnUnhealthy();

    assert.deepEqual([parts.pool.status.value, parts.pool.usable], ["unhealthy", 0]);
  });

  it("replaces a healthy member that drops by itself, and says that it is unhealthy (W16)", async () => {
    await using parts = setup();
    parts.resolve("a", "b");
    parts.opened[0]!.turnHealthy();
    parts.opened[1]!.turnHealthy();
    await parts.clock.advance(5_000);
    parts.opened[0]!.reports.dropped();

    assert.deepEqual(parts.health, ["healthy", "unhealthy"]);
    assert.deepEqual(parts.members(), ["b", "a connecting", "b connecting"]);
  });

  it("counts the same error, and begins anew with another (W17)", async () => {
    await using parts = setup({ wanted: 1 });
    parts.resolve("a", "b", "c");
    const counts: (number | undefined)[] = [];
    for (const reason of ["refused", "refused", "reset"]) {
      parts.opened.at(-1)!.refuse(reason);
      counts.push(parts.pool.lastError?.count);
    }

    assert.deepEqual(counts, [1, 2, 1]);
    assert.equal(parts.pool.lastError?.message, "reset");
  });

  it("evicts and refills while nobody calls (W19)", async () => {
    await using parts = setup();
    const seen: string[] = [];
    const watching = parts.pool.members.subscribe((change) => seen.push(`${change.kind} ${change.key}`));
    parts.resolve("a", "b", "c", "d");
    for (const member of parts.opened.slice(0, 3)) member.turnHealthy();
    seen.length = 0;
    parts.opened[0]!.turnUnhealthy();

    assert.deepEqual(seen, ["update 1", "remove 1", "insert 4"]);
    watching[Symbol.dispose]();
  });

  it("never has more members than wanted while nothing changes, whatever they report (W25)", async () => {
    await using parts = setup();
    parts.resolve("a");
    for (let round = 0; round < 50; round += 1) {
      for (const member of [...parts.opened]) member.turnHealthy();
      assert.ok(parts.members().length <= 3);
      await parts.clock.advance(100);
    }

    assert.equal(parts.opened.length, 3);
  });

  it("keeps what members report apart, and gives the place of one that dropped to another (W25)", async () => {
    await using parts = setup({ wanted: 2, healthyMin: 1 });
    parts.resolve("a", "b", "c");
    parts.opened[0]!.turnHealthy();
    parts.opened[1]!.reports.connected();
    assert.deepEqual(parts.members(), ["a", "b connected"]);
    parts.opened[1]!.reports.healthy();
    parts.opened[0]!.turnUnhealthy();
    assert.deepEqual(parts.members(), ["b", "c connecting"]);
    await parts.settle();

    // Whoever speaks late of a place that is somebody else's by now is not heard.
    parts.opened[0]!.reports.healthy();
    parts.opened[0]!.reports.dropped();
    const keys = parts.pool.snapshot().members.map(({ key }) => key);
    assert.deepEqual(
      [parts.members(), keys],
      [
        ["b", "c connecting"],
        [2, 3],
      ],
    );
  });

  it("is healthy from the start when none need be", async () => {
    await using parts = setup({ healthyMin: 0 });
    await parts.clock.advance(100_000);

    assert.equal(parts.pool.status.value, "healthy");
    assert.deepEqual(parts.take(), []);
  });

  it("says that it is healthy again only after it said that it was not", async () => {
    await using parts = setup({ wanted: 1 });
    parts.resolve("a");
    parts.opened[0]!.turnHealthy();
    parts.take();
    await parts.clock.advance(5_000);
    parts.opened[0]!.reports.dropped();
    await parts.clock.advance(10_000);
    parts.opened[1]!.turnHealthy();

    assert.deepEqual(parts.take(), [
      "critical",
      "dropped a",
      "opened a",
      "unhealthy for 10 s (0/1 healthy)",
      "healthy now (1/1 healthy)",
      "no longer critical",
    ]);
  });

  it("tries a refused address by its back-off, and tells that addresses may be out of date", async () => {
    await using parts = setup({ wanted: 1, backoff: { initialMs: 500, jitter: 0 } });
    parts.resolve("a");
    const at: number[] = [];
    for (let attempts = 1; attempts <= 4; attempts += 1) {
      at.push(parts.clock.now());
      parts.opened.at(-1)!.refuse();
      while (parts.opened.length === attempts) await parts.clock.advance(1);
    }

    assert.deepEqual(at, [0, 500, 1_250, 2_375]);
    assert.equal(parts.load.trouble, 4);
  });

  it("does not take for a success what drops right after it connected", async () => {
    await using parts = setup({ wanted: 1, criticalMin: 0 });
    parts.resolve("a");
    for (const waitMs of [750, 1_687, 3_796]) {
      parts.opened.at(-1)!.turnHealthy();
      parts.opened.at(-1)!.reports.dropped();
      const before = parts.opened.length;
      await parts.clock.advance(waitMs - 1);
      assert.equal(parts.opened.length, before);
      await parts.clock.advance(2);
      assert.equal(parts.opened.length, before + 1);
    }
  });

  it("lets callers wait for a member", async () => {
    await using parts = setup();
    const waiting = parts.pool.whenUsable();
    parts.resolve("a");
    parts.opened[0]!.turnHealthy();

    assert.equal(await waiting, undefined);
    assert.equal(parts.pool.usable, 1);
  });

  it("turns waiting callers away when it closes, and leaves nothing behind", async () => {
    const parts = setup({ max: 5 });
    const waiting = assert.rejects(parts.pool.whenUsable(), (error) => isMillraceError(error, "closed"));
    parts.resolve("a", "b");
    await parts[Symbol.asyncDispose]();

    await waiting;
    assert.deepEqual(
      parts.opened.map(({ closing }) => closing),
      [30_000, 30_000],
    );
    assert.deepEqual([parts.clock.pending, parts.pool.status.value], [0, "closed"]);
  });

  it("waits for calls in progress when it closes", async () => {
    const parts = setup();
    parts.resolve("a");
    parts.opened[0]!.turnHealthy();
    parts.opened[0]!.busy = true;
    let closed = false;
    const closing = parts.pool.close().then(() => (closed = true));
    await parts.settle();
    assert.equal(closed, false);
    parts.opened[0]!.reports.dropped();
    await closing;

    await parts[Symbol.asyncDispose]();
  });
});
