import { Caller } from "./caller.mjs";

/**
 * Opens connections that each make one request and then stay.
 *
 * @param {{ port: number, path: string, count: number, atOnce: number }} options
 * @returns {Promise<{ open(): number, close(): void }>}
 */
export async function openIdleConnections({ port, path, count, atOnce }) {
  const callers = Array.from({ length: count }, () => new Caller(port, path));
  const waiting = callers.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const caller of waiting) await caller.call();
    }),
  );
  return {
    open: () => callers.filter((caller) => caller.connected).length,
    close: () => callers.forEach((caller) => caller.close()),
  };
}

/** Makes `count` requests over `atOnce` connections, then closes them. */
export async function exercise(
  /** @type {number} */ port,
  /** @type {string} */ path,
  count = 20_000,
  atOnce = 32,
) {
  let left = count;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      const caller = new Caller(port, path);
      while (left-- > 0) await caller.call();
      caller.close();
    }),
  );
}
