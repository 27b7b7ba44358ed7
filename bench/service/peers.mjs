/** cockatiel, or undefined with a line on standard error when it is not installed. */
export const cockatiel = await optional("cockatiel");

/** opossum's breaker, or undefined with a line on standard error when it is not installed. */
export const Opossum = (await optional("opossum"))?.default;

/**
 * A module that the bench can do without.
 *
 * @param {string} name
 * @returns {Promise<any>} undefined when it is not there
 */
async function optional(name) {
  try {
    return await import(name);
  } catch {
    process.stderr.write(`  ${name} is left out; to have it, run: npm install -w bench -D ${name}\n`);
    return undefined;
  }
}
