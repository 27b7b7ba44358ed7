import assert from "node:assert/strict";
import { link, mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { systemClock } from "../../base/clock.js";
import { type ControlPlace, openPlace } from "./place.js";
import type { Seat } from "./seat.js";

describe("a place", () => {
  it("R12: is one process's, of many that claim it at the same time", async (t) => {
    for (let round = 0; round < 20; round += 1) {
      const { seats, place } = await setup(t);
      const granted = await Promise.all(seats.map((seat) => seat.claim()));

      assert.equal(granted.filter(Boolean).length, 1);
      assert.deepEqual(
        seats.map(({ held }) => held),
        granted,
      );
      (await place.dial())!.destroy();
    }
  });

  it("R3, R12: so is one that a process has left that was killed", async (t) => {
    for (let round = 0; round < 20; round += 1) {
      const { seats, place } = await setup(t);
      await leaveStale(place.path);
      const granted = await Promise.all(seats.map((seat) => seat.claim()));

      assert.equal(granted.filter(Boolean).length, 1);
      assert.ok(seats[granted.indexOf(true)]!.held);
      (await place.dial())!.destroy();
    }
  });

  it("is not taken from a folder, which is said, and leaves nothing beside it", async (t) => {
    const { seats, place } = await setup(t);
    const before = await readdir(dirname(place.path));
    await mkdir(place.path);
    const claiming = seats[0]!.claim();
    await assert.rejects(claiming, {
      code: "invalid-options",
      message: `cannot take the control socket ${place.path}: there is a folder; remove it`,
    });

    assert.deepEqual((await readdir(dirname(place.path))).sort(), [...before, "program.sock"].sort());
  });

  it("says what to do where there is no room for it", async (t) => {
    const { place } = await setup(t);
    await rm(dirname(place.path), { recursive: true });
    await assert.rejects(
      place.takeSeat((socket) => socket.destroy()),
      {
        code: "invalid-options",
        message: /^a local socket cannot be made in the folder.*; make room, or choose another/,
      },
    );
  });

  it("is refused in a folder that the system does not make, and nothing waits for it", {
    skip: process.platform !== "linux",
  }, async () => {
    await assert.rejects(openPlace("/proc/millrace", "program"), {
      code: "invalid-options",
      message: /folder of the control socket, \/proc\/millrace, cannot be written to \(ENOENT/,
    });
  });

  it("is swept of what processes have left that were killed, and of nothing else", async (t) => {
    const { seats, place } = await setup(t);
    await seats[0]!.claim();
    const folder = dirname(place.path);
    const left = ["4000000-abcdef.2", "r0123456789ab"];
    for (const name of [...left, "4000000-abcdef.3", "other.sock"]) await leaveStale(join(folder, name));
    await writeFile(join(folder, "4000000-abcdef.4"), "");
    const all = await readdir(folder);
    const hourAgo = now() / 1_000 - 3_600;
    for (const name of all.filter((one) => one !== "4000000-abcdef.3"))
      await utimes(join(folder, name), hourAgo, hourAgo);
    await place.sweep(now());

    assert.deepEqual((await readdir(folder)).sort(), all.filter((name) => !left.includes(name)).sort());
    assert.ok(seats[0]!.held);
  });

  it("is taken from a link that leads nowhere", async (t) => {
    const { seats, place } = await setup(t);
    await symlink("nowhere", place.path);

    assert.ok(await seats[0]!.claim());
    assert.ok(seats[0]!.held);
  });
});

describe("a seat", () => {
  for (const [what, remove] of Object.entries<(place: ControlPlace, seat: Seat) => Promise<void>>({
    "the common name of its socket": ({ path }) => rm(path),
    "its own name": (_, { path }) => rm(path),
    "both names": ({ path }, seat) => Promise.all([rm(path), rm(seat.path)]).then(() => undefined),
    "the folder": ({ path }) => rm(dirname(path), { recursive: true }),
  })) {
    it(`puts back ${what}, which somebody has removed`, async (t) => {
      const { seats, place } = await setup(t);
      const [seat] = seats as [Seat];
      assert.ok(await seat.claim());
      await remove(place, seat);
      assert.ok(await seat.keep(() => true, now()));

      assert.ok(seat.held);
      await using other = await place.takeSeat((socket) => socket.destroy());
      assert.equal(await other.claim(), false);
      (await place.dial())!.destroy();
      (await place.dial(seat.path))!.destroy();
      assert.equal((await stat(dirname(place.path))).mode & 0o777, 0o700);
      assert.equal((await stat(place.path)).mode & 0o777, 0o600);
    });
  }

  it("takes the place from nobody who has come since, and nobody's who leaves it to others", async (t) => {
    const { seats, place } = await setup(t);
    const [seat, other] = seats as [Seat, Seat];
    await seat.claim();
    await rm(place.path);
    assert.ok(await seat.keep(() => false, now()));
    assert.equal(seat.held, false);
    assert.ok(await other.claim());
    assert.equal(await seat.keep(() => true, now()), false);

    assert.ok(other.held);
    assert.equal(seat.held, false);
  });

  it("keeps its files young, for cleaners that go by age", async (t) => {
    const { seats, place } = await setup(t);
    const [seat] = seats as [Seat];
    await seat.claim();
    const day = 86_400;
    await utimes(place.path, now() / 1_000 - day, now() / 1_000 - day);
    await seat.keep(() => true, now());

    for (const time of ["atimeMs", "mtimeMs"] as const)
      assert.ok(now() - (await stat(place.path))[time] < 60_000, time);
    assert.ok(seat.held);
    await rm(seat.path);
    await seat.keep(() => true, now());
    assert.ok(seat.held);
  });

  it("leaves nothing when it is closed while it puts back what was removed", async (t) => {
    const { seats, place } = await setup(t);
    const [seat] = seats as [Seat];
    await seat.claim();
    for (const one of seats.slice(1)) await one[Symbol.asyncDispose]();
    await rm(dirname(place.path), { recursive: true });
    const keeping = seat.keep(() => true, now());
    await seat[Symbol.asyncDispose]();
    await keeping;

    assert.deepEqual(await readdir(dirname(place.path)), []);
  });
});

const now = () => systemClock.wallTime();

/** Six processes' seats, in a folder of their own. */
async function setup(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "mr-place-"));
  const place = await openPlace(join(folder, "run"), "program");
  const seats = await Promise.all(
    Array.from({ length: 6 }, () => place.takeSeat((socket) => socket.destroy())),
  );
  t.after(async () => {
    for (const seat of seats) await seat[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  return { place, seats };
}

/** A socket that nobody listens on. */
async function leaveStale(path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(`${path}.x`, resolve));
  await link(`${path}.x`, path);
  await new Promise((resolve) => server.close(resolve));
  await rm(`${path}.x`, { force: true });
}
