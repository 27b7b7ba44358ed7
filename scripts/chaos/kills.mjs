// Three generations at once, and one is killed: the first serves, two start, and chance says who dies when.
import { get } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { seededRandom } from "millrace/base";
import { readHandoffStatus } from "millrace/handoff";
import { openPrograms } from "./programs.mjs";

/** How long it may take until all is settled, in milliseconds: patience with who is silent, on a machine that is busy. */
const settleMs = 15_000;

/**
 * @typedef {object} KillsOptions
 * @property {number} rounds
 * @property {number} seed of chance: the same plans come again
 * @property {readonly string[]} [ways]
 */

/**
 * In each round two new versions are started, one shortly after the other, and one of the three is killed. In the end one
 * must serve, alone, everybody who connects must be answered by it, and the next start must take over.
 *
 * @param {KillsOptions} options
 * @returns {Promise<string[]>} what went wrong
 */
export async function killAtRandom({ rounds, seed, ways }) {
  const random = seededRandom(seed);
  const arena = await openArena(ways);
  try {
    for (let round = 0; round < rounds; round += 1) {
      const plan = planFrom(random);
      await killOne(arena, plan);
      // Who stands by may be there until the next one serves, and not after.
      const wrong =
        (await whatIsWrong(arena)) ?? (await arena.takeOver()) ?? (await whatIsWrong(arena, { alone: true }));
      if (wrong) return [`round ${round} of seed ${seed}, ${JSON.stringify(plan)}: ${wrong}`];
    }
    return [];
  } finally {
    await arena.close();
  }
}

/**
 * Times are parts of what the last start took.
 *
 * @typedef {object} Plan
 * @property {number} victim 0 for the one that serves at first
 * @property {number} thirdAfter from the start of the second
 * @property {number} killAfter from then on
 */

/** @param {() => number} random @returns {Plan} */
function planFrom(random) {
  const pick = (/** @type {number[]} */ values) => values[Math.floor(random() * values.length)] ?? 0;
  return {
    // The one in the middle has most to lose.
    victim: pick([0, 1, 1, 2]),
    thirdAfter: pick([0, 0.5, 1, 1.2]),
    killAfter: random() * 1.3,
  };
}

/** @typedef {Awaited<ReturnType<typeof openArena>>} Arena */

/** Programs of one name, of which one serves between rounds. @param {readonly string[] | undefined} ways */
async function openArena(ways) {
  const { start, port, folder, close } = await openPrograms();
  /** @type {{ release: string, child: import("node:child_process").ChildProcess, said: () => string }[]} */
  const all = [];
  let startMs = 0;
  const fronts = ways?.includes("forward") ?? false;
  const begin = (/** @type {number} */ probationMs) => {
    const release = `r${all.length}`;
    const program = start({ release, probationMs, ways, fault: "none" });
    let said = "";
    program.child.stdout?.on("data", (/** @type {string} */ text) => {
      said += text;
    });
    all.push({ release, child: program.child, said: () => said.trim().replaceAll("\n", ", ") });
    return program;
  };
  /** Starts one that nothing happens to, and gives what went wrong. */
  const takeOver = async () => {
    for (const end = performance.now() + settleMs; ; await pause(100)) {
      const at = performance.now();
      const failed = await begin(0).ready.then(
        () => undefined,
        (/** @type {Error} */ error) => `the next start fails: ${error.message.trim()}`,
      );
      startMs = performance.now() - at;
      // A front has one fallback, and takes nobody while that may be needed.
      if (!failed?.includes("is in progress") || !fronts || performance.now() > end) return failed;
    }
  };
  await takeOver();
  return {
    /** What the one that has the place may say of itself, since a front is not the one that serves. */
    phases: fronts ? ["serving", "standby", "fronting"] : ["serving"],
    port,
    folder,
    /** Long: one that is killed after it has nobody. */
    probationMs: fronts ? 3_000 : 20_000,
    begin,
    takeOver,
    close,
    all,
    get alive() {
      return all.filter(({ child }) => child.exitCode === null && child.signalCode === null);
    },
    get startMs() {
      return startMs;
    },
  };
}

/** @param {Arena} arena @param {Plan} plan */
async function killOne(arena, { victim, thirdAfter, killAfter }) {
  const first = arena.all.at(-1);
  const second = arena.begin(arena.probationMs);
  await pause(thirdAfter * arena.startMs);
  const third = arena.begin(arena.probationMs);
  await pause(killAfter * arena.startMs);
  [first, second, third][victim]?.child.kill("SIGKILL");
  // Whether they serve, are turned away or die.
  await Promise.race([
    Promise.allSettled([second.ready, third.ready]),
    pause(settleMs, undefined, { ref: false }),
  ]);
}

/** @param {Arena} arena @returns {Promise<string | undefined>} */
async function whatIsWrong(arena, { alone = false } = {}) {
  const end = performance.now() + settleMs;
  for (;;) {
    const wrong = await look(arena, alone);
    if (!wrong) return undefined;
    if (performance.now() > end) return `${wrong}; ${arena.all.slice(-3).map(told).join("; ")}`;
    await pause(50);
  }
}

/** @param {Arena} arena @param {boolean} alone @returns {Promise<string | undefined>} */
async function look({ port, folder, alive, phases }, alone) {
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(port)));
  const releases = [...new Set(answers)];
  const status = await readHandoffStatus({ name: "chaos", folder: `${folder}/run` }).catch(() => undefined);
  const holder = status?.generations[0];
  if (releases.length !== 1) return `answers come from ${releases.join(", ")}`;
  if (!phases.includes(holder?.phase ?? "")) return `${holder?.release} is ${holder?.phase}`;
  const needed = alive.filter(({ release, child }) => release === releases[0] || child.pid === holder?.pid);
  if (needed.length !== new Set([releases[0], holder?.release]).size)
    return `${releases[0]} answers, and ${holder?.release} has the place`;
  const others = alive.filter((one) => !needed.includes(one));
  if (alone && others.length > 0) {
    const generations = status?.generations.map(({ release: name, phase }) => `${name} ${phase}`);
    return `${others.map(({ release }) => release).join(", ")} are there, too: ${generations?.join(", ")}`;
  }
  return undefined;
}

/** One request on a connection of its own: who answers it, or why nobody does. @param {number} port @returns {Promise<string>} */
function ask(port) {
  return new Promise((resolve) => {
    const sent = get({ port, host: "127.0.0.1", agent: false, timeout: 2_000 }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (/** @type {string} */ chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve(text));
      response.on("error", (error) => resolve(error.message));
    });
    sent.on("timeout", () => sent.destroy(new Error("nobody")));
    sent.on("error", (error) => resolve(error.message));
  });
}

/** @param {Arena["all"][number]} program */
function told({ release, child, said }) {
  const end = child.signalCode ?? child.exitCode ?? "runs";
  return `${release} said ${said() || "nothing"} and ${end}`;
}
