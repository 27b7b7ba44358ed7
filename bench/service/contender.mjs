// One contender in a process of its own: node contender.mjs MODULE KIND NAME SPAN_MS. Sends the nanoseconds of
// CPU that one call takes, and ends.
import { atOnce, nanosecondsOf } from "./measure.mjs";

const [module, kind, name, spanMs] = process.argv.slice(2);
const { contender } = await import(`./${module}`);
const run = await contender(kind, name);
const alone = await nanosecondsOf(run, Number(spanMs), 1);
const waits = run() instanceof Promise;
const crowded = waits ? await nanosecondsOf(run, Number(spanMs), atOnce) : NaN;
// opossum's statistics keep a timer.
process.send?.({ alone, crowded }, () => process.exit());
