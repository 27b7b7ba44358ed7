import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HandoffWay } from "../control/messages.js";
import type { Handoff } from "../handoff.js";
import { openHandoff } from "../open-handoff.js";

/** Two generations in one process: the first serves when it is told to, the second takes over from it. */
export async function twoGenerations(way: HandoffWay) {
  const folder = await mkdtemp(join(tmpdir(), "mr-servers-"));
  const options = {
    name: "servers",
    folder: join(folder, "run"),
    addresses: ["127.0.0.1:0"],
    ways: [way],
    probationMs: 0,
  };
  const first = await openHandoff(options);
  await first.ready();
  const second = await openHandoff(options);
  const generations: readonly (Handoff & { readonly listeners: readonly Server[] })[] = [first, second];
  return {
    first,
    generations,
    port: (first.addresses[0] as { port: number }).port,
    handOver: () => second.ready(),
    async [Symbol.asyncDispose]() {
      await first.stop();
      await second.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
