/**
 * A reporter that says only how it all ended: "12 passed, 1 failed, 2 skipped".
 *
 * @param {AsyncIterable<{ type: string, data: { nesting?: number, message?: string } }>} events
 */
export default async function* closingLine(events) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for await (const { type, data } of events) {
    const counted =
      type === "test:diagnostic" && /^(pass|fail|cancelled|skipped) (\d+)$/.exec(data.message ?? "");
    if (counted && !data.nesting) counts.set(counted[1] ?? "", Number(counted[2]));
  }
  const count = (/** @type {string} */ name) => counts.get(name) ?? 0;
  yield `${count("pass")} passed, ${count("fail") + count("cancelled")} failed, ${count("skipped")} skipped\n`;
}
