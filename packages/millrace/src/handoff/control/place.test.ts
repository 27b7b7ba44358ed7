import assert from "node:assert/strict";
import { link, mkdtemp, rm, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { openPlace } from "./place.js";

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

  it("is taken from a link that leads nowhere", async (t) => {
    const { seats, place } = await setup(t);
    await symlink("nowhere", place.path);

    assert.ok(await seats[0]!.claim());
    assert.ok(seats[0]!.held);
  });
});

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
