// Runs as a process of its own, with the name of a contender and the URL of a server: makes as many calls as
// each message says, one after the other, and answers with the CPU time that one took, in microseconds.
import { contenders } from "./contenders.mjs";

const [, , name, url = ""] = process.argv;
const contender = contenders.find((each) => each.name === name);
if (!contender) throw new Error(`no contender ${name}`);
const call = await contender.open(url);
const answer = JSON.stringify(await call());
if (!answer.includes('"widget"')) throw new Error(`not the expected answer: ${answer}`);

process.on("message", async (/** @type {number} */ calls) => {
  const before = process.cpuUsage();
  for (let made = 0; made < calls; made += 1) await call();
  const { user, system } = process.cpuUsage(before);
  process.send?.((user + system) / calls);
});
process.on("disconnect", () => process.exit());
process.send?.("ready");
