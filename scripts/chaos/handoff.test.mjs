// The short form of npm run chaos:handoff: what must not fail does not fail here either.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { fromRoot } from "../root.mjs";
import { failUnderLoad, faults, upgradeUnderLoad } from "./handoff.mjs";
import { killAtRandom } from "./kills.mjs";

describe("under load of every kind", () => {
  it("R6: upgrades fail no request: sockets passed", async () => {
    const { failed, reasons, answered } = await upgradeUnderLoad("passed", 20);

    assert.equal(failed, 0, reasons.join(", "));
    assert.ok(answered > 100);
  });

  it("R6: upgrades fail no request: bytes forwarded", async () => {
    const { failed, reasons } = await upgradeUnderLoad("forwarded", 4, { ways: ["forward"] });

    assert.equal(failed, 0, reasons.join(", "));
  });

  const gentle = /** @type {(keyof typeof faults)[]} */ (Object.keys(faults)).filter(
    (fault) => fault !== "kill-after-ready",
  );
  for (const fault of gentle) {
    it(`R8, R13, R14: a ${faults[fault]}, and no request fails`, async () => {
      const { failed, reasons } = await failUnderLoad(fault);

      assert.equal(failed, 0, reasons.join(", "));
    });
  }
});

describe("a benchmark", () => {
  it("tableflip benchmark: measures an upgrade, of which the hand-over itself is the least", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mr-bench-"));
    const file = join(folder, "figures.json");
    const bench = fromRoot("bench/handoff/main.mjs");
    const args = [bench, "--only", "upgrade", "--upgrades", "1", "--json", file];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 60_000 });
    const { figures } = JSON.parse(await readFile(file, "utf8"));
    await rm(folder, { recursive: true });

    assert.match(stdout, /of that, from its hello until it has opened/);
    const [took, handOver] = [figures.upgrade.upgrade[0], figures.upgrade.handover[0]];
    assert.ok(handOver > 0 && handOver < took, `${handOver} of ${took}`);
  });
});

describe("one of three generations that is killed at any moment", () => {
  for (const [way, rounds] of /** @type {const} */ ([
    ["pass", 10],
    ["forward", 3],
  ])) {
    it(`R8, R14: leaves exactly one serving, and the next start takes over: ${way}`, async () => {
      assert.deepEqual(await killAtRandom({ rounds, seed: 1, ways: [way] }), []);
    });
  }
});
