import { clientRetry, selectNode } from "millrace/client";

/** @typedef {import("millrace/testing").ClientParts} ClientParts */
/** @typedef {import("millrace/testing").SimulatedService} SimulatedService */

/**
 * How a client is built, for requests that may reach a server twice or may not.
 *
 * @typedef {(parts: ClientParts, idempotent: boolean) => SimulatedService & Disposable} ClientMaker
 */

/** Conjure's retries have no budget. */
const unlimited = { deposit() {}, withdraw: () => true };

/**
 * The strategies, each made of the very layers that a client over HTTP is made of.
 *
 * @type {Readonly<Record<string, ClientMaker>>}
 */
export const strategies = {
  /** Millrace's own, with all its defaults. */
  adaptive: (parts, idempotent) => client(parts, idempotent, {}),
  balanced: (parts, idempotent) => client(parts, idempotent, { strategy: "BALANCED" }, unlimited),
  pinned: (parts, idempotent) => client(parts, idempotent, { strategy: "PIN_UNTIL_ERROR" }, unlimited),
  unlimited: (parts, idempotent) =>
    client(parts, idempotent, { strategy: "BALANCED", limits: false }, unlimited),
};

/**
 * Retries around node selection, as in a client.
 *
 * @param {ClientParts} parts
 * @param {boolean} idempotent
 * @param {Pick<import("millrace/client").SelectNodeOptions<string, unknown, unknown>, "strategy" | "limits">} options
 * @param {import("millrace/service").RetryBudget} [budget]
 */
function client({ members, clock, random }, idempotent, options, budget) {
  const selection = selectNode(members, {
    ...options,
    endpointOf: (/** @type {import("millrace/testing").SimulatedRequest} */ { endpoint }) => endpoint,
    clock,
    random,
  });
  /** @type {SimulatedService} */
  const service = clientRetry({ isIdempotent: () => idempotent, budget, clock, random })(selection);
  return Object.assign(service, { [Symbol.dispose]: () => selection[Symbol.dispose]() });
}
