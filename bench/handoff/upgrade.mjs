import { join } from "node:path";
import { median } from "../proxy/figures.mjs";
import { launch } from "../proxy/launch.mjs";
import { freePorts } from "../proxy/ports.mjs";
import { scratchDirectory } from "../proxy/scratch.mjs";
import { number } from "../proxy/table.mjs";
import { startServer } from "./start.mjs";

/**
 * How long an upgrade takes, from the start of the new process until it serves, and how much of that is the hand-over.
 *
 * @param {{ upgrades: number }} setting
 */
export async function upgrade({ upgrades }) {
  const [port] = await freePorts(1);
  const folder = join(await scratchDirectory(), "run");
  const options = { port, folder, probationMs: 0, drainMs: 1_000 };
  /** @type {Record<"node" | "alone" | "upgrade" | "handover", number[]>} */
  const figures = { node: [], alone: [], upgrade: [], handover: [] };
  let serving = await startServer(options, undefined);
  for (let index = 0; index < upgrades; index += 1) {
    figures.node.push(await nodeMs());
    const next = await startServer(options, undefined);
    figures.upgrade.push(next.tookMs);
    await serving.finished;
    figures.handover.push(Number(/switched ([\d.]+)/.exec(serving.output())?.[1]));
    serving = next;
    const [other] = await freePorts(1);
    const alone = await startServer({ plain: true, port: other }, undefined);
    figures.alone.push(alone.tookMs);
    await alone.stop();
  }
  await serving.stop();
  const row = (/** @type {string} */ name, /** @type {readonly number[]} */ values) => [
    name,
    number(median(values), 1),
    number(Math.max(...values), 1),
  ];
  const table = {
    title: "From the start of the new version until it serves, in milliseconds",
    columns: ["what", "median", "worst"],
    rows: [
      row("Node, to run nothing", figures.node),
      row("the same server, listening itself", figures.alone),
      row("the new version, until it serves", figures.upgrade),
      row("of that, from its hello until it has opened", figures.handover),
    ],
    notes: [`${upgrades} upgrades of a server without load, one after the other`],
  };
  return { table, figures };
}

async function nodeMs() {
  const startedAt = performance.now();
  await launch([process.execPath, "--eval", "0"]).finished;
  return performance.now() - startedAt;
}
