// A solution to docs/guides/building-a-layer.md: a limit of calls at once. The semaphore is made for each service
// that is wrapped; to share one, it would be handed in.
import assert from "node:assert/strict";
import { Semaphore } from "millrace/base";
import { createContext } from "millrace/service";
import { MockService, settle } from "millrace/testing";

/**
 * Lets at most `limit` calls run at once; the others wait in line, first come first served.
 *
 * @template Request, Response
 * @param {{ limit: number }} options
 * @returns {import("millrace/service").Policy<Request, Response>}
 */
export function concurrencyLimit({ limit }) {
  return (inner) => {
    const places = new Semaphore(limit);
    const leave = () => places.release();

    /** @type {typeof inner.call} */
    const run = (request, context) => {
      const answer = inner.call(request, context);
      answer.then(leave, leave);
      return answer;
    };
    return {
      get ready() {
        return places.available && inner.ready;
      },
      whenReady(signal) {
        if (places.available) return inner.whenReady(signal);
        // Waits its turn in the line and gives the place back at once: to be ready reserves nothing.
        return places.acquire(signal).then(leave);
      },
      call(request, context) {
        if (context.aborted) return Promise.reject(context.reason);
        if (places.tryAcquire()) return run(request, context);
        return places.acquire(context.signal).then(() => run(request, context));
      },
    };
  };
}

const inner = new MockService();
const service = concurrencyLimit({ limit: 2 })(inner);
const started = () => inner.calls.map(({ request }) => request).join(" ");

const impatient = createContext();
void service.call("a", createContext());
void service.call("b", createContext());
const left = service.call("c", impatient).catch((error) => error.message);
void service.call("d", createContext());
console.log(`four calls, two places: ${started()} run; ready: ${service.ready}`);

impatient.abort(new Error("tired"));
console.log(`c leaves the line: ${await left}`);

inner.calls[0].fail(new Error("broken"));
await settle();
console.log(`a fails, and gives its place on: ${started()}`);

inner.calls[1].respond("done");
inner.calls[2].respond("done");
await service.whenReady();
await service.whenReady();
assert.equal(service.ready, true);
console.log(`all are answered; ready: ${service.ready}`);
