import { parseArgs } from "node:util";

export const questionNames = /** @type {const} */ (["small", "large", "badcompany", "idle", "telemetry"]);

/** @typedef {(typeof questionNames)[number]} QuestionName */

/**
 * @typedef {object} Flags
 * @property {readonly QuestionName[]} only
 * @property {readonly string[] | undefined} proxies undefined for all of them
 * @property {number} seconds length of one timed window of `small` and `large`
 * @property {number} rounds windows that each proxy gets, interleaved
 * @property {boolean} write put the tables into the documents that quote them
 * @property {string | undefined} json file for every figure of every round
 */

export const usage = `usage: npm run bench:proxy -- [flags]
  --only small,large,badcompany,idle,telemetry   the questions to ask (all)
  --proxies millrace,nginx,...         the proxies to compare     (all)
  --seconds N                          one timed window           (3)
  --rounds N                           windows for each proxy     (3)
  --write                              put the tables in the place of those that documents quote; needs all of both
  --json FILE                          also write every figure to FILE
  --help                               print this`;

/**
 * Reads the command line. Undefined means that help was asked for.
 *
 * @param {readonly string[]} args
 * @param {readonly string[]} knownProxies
 * @returns {Flags | undefined}
 * @throws Error when a flag is unknown, or its value out of range
 */
export function parseFlags(args, knownProxies) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      proxies: { type: "string" },
      seconds: { type: "string", default: "3" },
      rounds: { type: "string", default: "3" },
      write: { type: "boolean", default: false },
      json: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return undefined;
  if (values.write && (values.only !== undefined || values.proxies !== undefined)) {
    throw new Error("--write puts all tables into the documents: leave out --only and --proxies");
  }
  return {
    only: chosen("--only", values.only, questionNames) ?? questionNames,
    proxies: chosen("--proxies", values.proxies, knownProxies),
    seconds: whole("--seconds", values.seconds, 1, 60),
    rounds: whole("--rounds", values.rounds, 1, 50),
    write: values.write,
    json: values.json,
  };
}

/**
 * @template {string} Name
 * @param {string} flag
 * @param {string | undefined} list
 * @param {readonly Name[]} known
 * @returns {Name[] | undefined} in the order of `known`
 */
function chosen(flag, list, known) {
  if (list === undefined) return undefined;
  const names = list.split(",").map((name) => name.trim());
  const stranger = names.find((name) => !(/** @type {readonly string[]} */ (known).includes(name)));
  if (stranger !== undefined) throw new Error(`${flag}: no "${stranger}" among ${known.join(", ")}`);
  return known.filter((name) => names.includes(name));
}

/**
 * @param {string} flag
 * @param {string} text
 * @param {number} min
 * @param {number} max
 */
function whole(flag, text, min, max) {
  const value = Number(text);
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new Error(`${flag}: a whole number from ${min} to ${max}, not "${text}"`);
}
