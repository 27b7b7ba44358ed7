// A solution to docs/guides/building-a-layer.md: three adapters. The types of the service outside follow from those
// of the function and of the service inside.
import assert from "node:assert/strict";
import { createContext, fromFunction, stack } from "millrace/service";

/**
 * @template Request, Response
 * @typedef {import("millrace/service").Service<Request, Response>} Service
 */

/**
 * Turns each request into one that the inner service takes. What `map` throws fails the call.
 *
 * @template Request, Mapped, Response
 * @param {(request: Request) => Mapped} map
 * @returns {(inner: Service<Mapped, Response>) => Service<Request, Response>}
 */
export function mapRequest(map) {
  // An async function turns what `map` throws into a rejection: `call` must never throw.
  return (inner) => withCall(inner, async (request, context) => inner.call(map(request), context));
}

/**
 * Turns each response into another. What `map` throws fails the call.
 *
 * @template Request, Response, Mapped
 * @param {(response: Response) => Mapped} map
 * @returns {(inner: Service<Request, Response>) => Service<Request, Mapped>}
 */
export function mapResponse(map) {
  return (inner) => withCall(inner, (request, context) => inner.call(request, context).then(map));
}

/**
 * Turns each failure into another.
 *
 * @template Request, Response
 * @param {(error: unknown) => unknown} map
 * @returns {import("millrace/service").Policy<Request, Response>}
 */
export function mapError(map) {
  return (inner) =>
    withCall(inner, (request, context) =>
      inner.call(request, context).catch((error) => {
        throw map(error);
      }),
    );
}

/**
 * A service that is as ready as `inner`, and makes its calls otherwise.
 *
 * @template Request, Response
 * @param {Service<never, unknown>} inner
 * @param {Service<Request, Response>["call"]} call
 * @returns {Service<Request, Response>}
 */
function withCall(inner, call) {
  return {
    get ready() {
      return inner.ready;
    },
    whenReady: (signal) => inner.whenReady(signal),
    call,
  };
}

const root = fromFunction((/** @type {number} */ square) => {
  if (square < 0) throw new RangeError(`${square} has no root`);
  return Math.sqrt(square);
});
const rootOf = mapResponse((/** @type {number} */ value) => `the root is ${value}`);
const parsed = mapRequest(/** @type {(text: string) => number} */ (Number));

const service = stack(mapError(String), parsed, rootOf)(root);
console.log(await service.call("16", createContext()));

const failed = await service.call("-1", createContext()).catch((reason) => reason);
console.log(`failed: ${failed}`);

// @ts-expect-error The root of a text: this order does not compile.
const wrong = () => stack(rootOf, parsed)(fromFunction((/** @type {string} */ text) => text));
assert.equal(typeof wrong, "function");
