import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { settle } from "../testing/virtual-clock.js";
import { isMillraceError } from "./errors.js";
import { Semaphore } from "./semaphore.js";

describe("Semaphore", () => {
  it("gives out as many permits as it has", () => {
    const permits = new Semaphore(2);

    assert.deepEqual([permits.tryAcquire(), permits.tryAcquire(), permits.tryAcquire()], [true, true, false]);
    assert.equal(permits.taken, 2);
    assert.equal(permits.available, false);
  });

  it("serves those in line in the order they came", async () => {
    const permits = new Semaphore(1);
    const served: number[] = [];
    await permits.acquire();
    for (const name of [1, 2, 3]) void permits.acquire().then(() => served.push(name));
    permits.release();
    permits.release();
    await settle();

    assert.deepEqual(served, [1, 2]);
    assert.equal(permits.waiting, 1);
  });

  it("lets nobody overtake the line", async () => {
    const permits = new Semaphore(1);
    await permits.acquire();
    void permits.acquire();
    permits.release();

    assert.equal(permits.tryAcquire(), false);
    assert.equal(permits.taken, 1);
  });

  it("passes over a waiter that has aborted", async () => {
    const permits = new Semaphore(1);
    await permits.acquire();
    const impatient = new AbortController();
    const gone = permits.acquire(impatient.signal);
    const patient = permits.acquire();
    impatient.abort(new Error("tired"));
    permits.release();

    await assert.rejects(gone, /tired/);
    await patient;
    assert.equal(permits.taken, 1);
  });

  it("hands new permits out when it grows", async () => {
    const permits = new Semaphore(1);
    await permits.acquire();
    const waiting = permits.acquire();
    permits.capacity = 2;

    await waiting;
    assert.equal(permits.taken, 2);
  });

  it("takes permits back as they come when it shrinks", async () => {
    const permits = new Semaphore(2);
    await Promise.all([permits.acquire(), permits.acquire()]);
    permits.capacity = 1;
    permits.release();
    assert.equal(permits.available, false);

    permits.release();
    assert.equal(permits.available, true);
  });

  it("turns everybody in line away when told to", async () => {
    const permits = new Semaphore(1);
    await permits.acquire();
    const waiting = [permits.acquire(), permits.acquire()];
    permits.rejectWaiters(new Error("closing"));

    for (const waiter of waiting) await assert.rejects(waiter, /closing/);
    assert.equal(permits.waiting, 0);
  });

  for (const capacity of [0, -1, 1.5, Number.NaN]) {
    it(`rejects a capacity of ${capacity}`, () => {
      assert.throws(
        () => new Semaphore(capacity),
        (error) => isMillraceError(error, "invalid-options"),
      );
    });
  }

  it("neither loses nor invents a permit, and hands them out in order, whatever happens", async () => {
    const steps = fc.array(fc.constantFrom("acquire", "try", "abort", "release", "grow", "shrink"), {
      minLength: 20,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 4 }), steps, async (capacity, script) => {
        const permits = new Semaphore(capacity);
        const waiters: AbortController[] = [];
        let held = 0;
        let asked = 0;
        let last = -1;
        const wrong: string[] = [];
        const granted = (turn: number) => {
          held += 1;
          if (permits.taken > permits.capacity) wrong.push(`${permits.taken} out of ${permits.capacity}`);
          if (turn < last) wrong.push(`turn ${turn} after turn ${last}`);
          last = turn;
        };
        for (const step of script) {
          const waiter = new AbortController();
          if (step === "acquire") {
            waiters.push(waiter);
            const turn = asked++;
            permits.acquire(waiter.signal).then(
              () => granted(turn),
              () => {},
            );
          } else if (step === "try" && permits.tryAcquire()) granted(asked++);
          else if (step === "abort") waiters.pop()?.abort();
          else if (step === "grow") permits.capacity += 3;
          else if (step === "shrink" && permits.capacity > 1) permits.capacity -= 1;
          else if (step === "release" && held > 0) {
            held -= 1;
            permits.release();
          }
          await Promise.resolve();
          await Promise.resolve();
          assert.deepEqual(wrong, []);
          assert.equal(permits.taken, held);
          assert.ok(permits.waiting === 0 || permits.taken >= permits.capacity, "somebody waits in vain");
        }
      }),
    );
  });
});
