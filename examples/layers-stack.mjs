// Layers around a service, outermost first: a time limit, refusal of what would have to wait, a limit of
// calls at once, and a balancer over two members. The members are plain functions.
import { balance, createMemberSet } from "millrace/balance";
import { isMillraceError, sleep, systemClock } from "millrace/base";
import { concurrencyLimit, createContext, fromFunction, loadShed, stack, timeout } from "millrace/service";

/** Answers after `delayMs`, unless the caller gives up before. */
const member = (/** @type {string} */ name, /** @type {number} */ delayMs) =>
  fromFunction(async (/** @type {string} */ request, context) => {
    await sleep(systemClock, delayMs, context.signal);
    return `${request} from ${name}`;
  });

const members = createMemberSet();
members.insert("fast", member("fast", 5));
members.insert("slow", member("slow", 2_000));

const service = stack(
  timeout({ limitMs: 500 }),
  loadShed({ retryAfterMs: 1_000 }),
  concurrencyLimit({ limit: 4 }),
)(balance(members));

// Six calls in one tick: four start, two on each member, and two are turned away at once.
const burst = await Promise.all(Array.from({ length: 6 }, () => outcomeOf("call")));
const counts = ["answered", "overloaded", "timeout"].map(
  (word) => `${burst.filter((outcome) => outcome.startsWith(word)).length} ${word}`,
);
console.log(`a burst of 6: ${counts.join(", ")}`);

// One after another: the slow member has shown what it is, and is not chosen.
const answers = [];
for (let index = 0; index < 50; index += 1) answers.push(await outcomeOf("call"));
const answered = answers.filter((outcome) => outcome.startsWith("answered"));
const bySlow = answered.filter((outcome) => outcome.endsWith("slow"));
console.log(`50 more: ${answered.length} answered, ${bySlow.length} of them by the slow member`);

/** Makes a call and tells in words how it ended. */
async function outcomeOf(/** @type {string} */ request) {
  try {
    return `answered ${await service.call(request, createContext())}`;
  } catch (error) {
    return isMillraceError(error) ? error.code : "failed";
  }
}
