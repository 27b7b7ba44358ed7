import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { sleep, systemClock } from "../../base/clock.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { openPlace } from "../control/place.js";
import { stayFor } from "./stay.js";

describe("stayFor", () => {
  it("stays for one that serves and does not answer, and ends 1.5 s after nobody is there any more", async () => {
    const folder = join(await mkdtemp(join(tmpdir(), "mr-stay-")), "run");
    const clock = new VirtualClock();
    const place = await openPlace(folder, "program");
    let asked = 0;
    const seat = await place.takeSeat((socket) => {
      asked += 1;
      socket.on("error", () => undefined);
    });
    await seat.claim();
    let over = false;
    const staying = stayFor({ name: "program", folder }, clock).then(() => (over = true));
    // Each look lasts the 5 s that an answer may take.
    for (let looks = 1; looks <= 8; looks += 1) {
      while (asked < looks) await step(clock, 100);
      await step(clock, 5_000);
      assert.equal(over, false);
    }
    await seat[Symbol.asyncDispose]();
    while (!over) await step(clock, 500);
    await staying;

    assert.equal(clock.pending, 0);
    await rm(join(folder, ".."), { recursive: true });
  });
});

/** Moves time on once sockets have had their turn. */
async function step(clock: VirtualClock, ms: number): Promise<void> {
  await sleep(systemClock, 5);
  await clock.advance(ms);
}
