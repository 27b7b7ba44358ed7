import { paths } from "../origins/fast.mjs";

/**
 * Says what a proxy left out of the headers that all are to add: a proxy that
 * does less would look faster for it.
 *
 * @param {import("./question.mjs").Contestant} contestant
 * @returns {Promise<string | undefined>} a note for the table
 */
export async function missingHeaders({ name, port }) {
  const response = await fetch(`http://127.0.0.1:${port}${paths.headers}`);
  const received = /** @type {Record<string, string>} */ (await response.json());
  const missing = Object.keys(received).filter((header) => received[header] === "");
  return missing.length === 0 ? undefined : `${name} does less: it does not add ${missing.join(", ")}.`;
}
