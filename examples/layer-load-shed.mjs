// A solution to docs/guides/building-a-layer.md: better no answer than a late one. Always ready, for a refusal comes
// at once; and `unsent`, for the peer has seen nothing and the call may be repeated anywhere.
import { MillraceError } from "millrace/base";
import { concurrencyLimit, createContext, stack } from "millrace/service";
import { MockService } from "millrace/testing";

/**
 * Turns a call away at once when the inner service is not ready.
 *
 * @template Request, Response
 * @returns {import("millrace/service").Policy<Request, Response>}
 */
export function loadShed() {
  return (inner) => ({
    ready: true,
    whenReady: () => Promise.resolve(),
    call(request, context) {
      if (inner.ready) return inner.call(request, context);
      return Promise.reject(new MillraceError("no capacity is free", { code: "overloaded", unsent: true }));
    },
  });
}

const limit = concurrencyLimit({ limit: 1 });

// Outside of the limit it sees that there is no place.
console.log(`outside: ${await secondCall(stack(loadShed(), limit)(new MockService()))}`);

// Inside it sees a peer that is always ready, and the call waits in the line outside.
console.log(`inside: ${await secondCall(stack(limit, loadShed())(new MockService()))}`);

/**
 * What becomes of a call while the only place is taken.
 *
 * @param {import("millrace/service").Service<string, string>} service
 */
async function secondCall(service) {
  void service.call("first", createContext());
  const second = service.call("second", createContext()).catch((error) => error.code);
  return Promise.race([second, new Promise((resolve) => setImmediate(resolve, "waits"))]);
}
