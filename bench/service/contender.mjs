// One contender of contenders.mjs in a process of its own: node contender.mjs LIBRARY NAME SPAN_MS. Sends the
// nanoseconds of CPU that one call takes, and ends.
import { contender } from "./contenders.mjs";
import { atOnce, nanosecondsOf } from "./measure.mjs";

const [library, name, spanMs] = process.argv.slice(2);
const run = contender(library, name);
if (!run) throw new Error(`${library} has no ${name}`);
const alone = await nanosecondsOf(run, Number(spanMs), 1);
const crowded = await nanosecondsOf(run, Number(spanMs), atOnce);
// opossum's statistics keep a timer.
process.send?.({ alone, crowded }, () => process.exit());
