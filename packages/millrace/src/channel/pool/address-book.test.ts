import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AddressBook, type AddressChoice } from "./address-book.js";

describe("AddressBook", () => {
  it("has nothing to offer without addresses (W1)", () => {
    assert.deepEqual(setup([]).book.choose(0), { kind: "none" });
  });

  it("offers each address once, waits exactly one back-off, and offers them in the same order again (W2)", () => {
    const { book, use } = setup(["a", "b", "c"]);
    assert.deepEqual([use(0), use(0), use(0)], ["a", "b", "c"]);
    assert.deepEqual(book.choose(0), { kind: "wait", until: 100 });
    assert.deepEqual(book.choose(99), { kind: "wait", until: 100 });
    for (const entry of [...book.entries]) book.release(entry);

    assert.deepEqual([use(100), use(100), use(100)], ["a", "b", "c"]);
    assert.deepEqual(book.choose(100), { kind: "wait", until: 300 });
  });

  it("offers an address at once after a success, and begins its back-off anew (W3)", () => {
    const { book, use } = setup(["a"]);
    use(0);
    use(100);
    assert.deepEqual(book.choose(100), { kind: "wait", until: 300 });
    book.succeeded(book.entries[0]!);

    assert.equal(use(100), "a");
    assert.deepEqual(book.choose(100), { kind: "wait", until: 200 });
  });

  it("changes nothing when the same addresses come again (W4)", () => {
    const { book, use, keys } = setup(["a", "b"]);
    use(0);
    book.replace(["a", "b"]);

    assert.deepEqual(keys(), ["a", "b"]);
    assert.equal(use(0), "b");
    assert.equal(book.choose(0).kind, "wait");
  });

  it("keeps what stays, with its back-off and its errors, and forgets what left unused (W4)", () => {
    const { book, use, keys } = setup(["a", "b"]);
    use(0);
    book.failed(book.entries[0]!, { error: "x", at: 1 }, 0);
    book.replace(["a"]);

    assert.deepEqual(keys(), ["a"]);
    assert.deepEqual(book.entries[0]!.errors, [{ error: "x", at: 1 }]);
    assert.equal(book.choose(0).kind, "wait");
  });

  it("adds what is new beside what stays (W4)", () => {
    const { book, use, keys } = setup(["a"]);
    use(0);
    book.replace(["a", "b"]);

    assert.deepEqual(keys(), ["a", "b"]);
    assert.equal(use(0), "b");
  });

  it("puts other addresses in the places of those that nobody uses (W4)", () => {
    const { book, keys } = setup(["a", "b"]);
    book.replace(["c", "d", "e"]);

    assert.deepEqual(keys(), ["c", "d", "e"]);
  });

  it("keeps an old address for as long as it is used, and sends nobody new there (W4)", () => {
    const { book, use, keys } = setup(["a"]);
    use(0);
    const old = book.entries[0]!;
    book.succeeded(old);
    book.replace(["b"]);
    assert.deepEqual(keys(), ["a stale", "b"]);
    assert.deepEqual([use(0), book.choose(0).kind], ["b", "wait"]);
    book.release(old);

    assert.deepEqual(keys(), ["b"]);
  });

  it("counts uses up and down (W5)", () => {
    const { book, use } = setup(["a"]);
    use(0);
    use(100);
    assert.equal(book.entries[0]!.uses, 2);
    book.release(book.entries[0]!);

    assert.equal(book.entries[0]!.uses, 1);
  });

  it("keeps its addresses when an update is empty (W6)", () => {
    const { book, keys } = setup(["a", "b"]);
    book.replace([]);

    assert.deepEqual(keys(), ["a", "b"]);
  });

  it("takes an address that is named twice for one", () => {
    assert.deepEqual(setup(["a", "a", "b"]).keys(), ["a", "b"]);
  });

  it("prefers the address that is used least", () => {
    const { book, use } = setup(["a", "b"]);
    for (const key of ["a", "b", "a"]) {
      assert.equal(use(0), key);
      for (const entry of book.entries) book.succeeded(entry);
    }

    assert.equal(use(0), "b");
  });

  it("locks an address for longer when a success did not last", () => {
    const { book, use } = setup(["a"]);
    use(0);
    book.succeeded(book.entries[0]!);
    book.relapsed(book.entries[0]!, 0);

    assert.deepEqual(book.choose(0), { kind: "wait", until: 200 });
  });

  it("tries other addresses before one that failed", () => {
    const { book, use } = setup(["a", "b"]);
    use(0);
    use(0);
    for (const entry of book.entries) book.succeeded(entry);
    book.release(book.entries[0]!);
    book.failed(book.entries[0]!, { error: "x", at: 1 }, 0);

    assert.equal(use(0), "b");
  });

  it("keeps the three latest errors", () => {
    const { book } = setup(["a"]);
    for (let at = 1; at <= 5; at += 1) book.failed(book.entries[0]!, { error: "x", at }, 0);

    assert.deepEqual(
      book.entries[0]!.errors.map(({ at }) => at),
      [3, 4, 5],
    );
  });

  it("tells whether an address is unused while others are shared", () => {
    const { book, use } = setup(["a"]);
    use(0);
    book.succeeded(book.entries[0]!);
    book.replace(["a", "b"]);
    assert.equal(book.uneven, false);
    book.use(book.entries[0]!, 0);

    assert.equal(book.uneven, true);
  });

  it("offers only named, unlocked addresses, whatever happens", () => {
    const step = fc.oneof(
      fc.record({
        what: fc.constant("replace" as const),
        keys: fc.array(fc.constantFrom("a", "b", "c", "d")),
      }),
      fc.record({ what: fc.constantFrom("use" as const, "release" as const, "succeed" as const) }),
      fc.record({ what: fc.constant("pass" as const), ms: fc.nat(300) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { book } = setup(["a", "b"]);
        let named = new Set(["a", "b"]);
        let now = 0;
        const used: AddressChoice<string>[] = [];
        for (const one of steps) {
          if (one.what === "pass") now += one.ms;
          else if (one.what === "replace") {
            book.replace(one.keys);
            if (one.keys.length > 0) named = new Set(one.keys);
          } else if (one.what === "use") {
            const choice = book.choose(now);
            assert.notEqual(choice.kind, "none");
            if (choice.kind !== "address") continue;
            assert.ok(named.has(choice.entry.key) && !choice.entry.stale);
            assert.ok(choice.entry.nextAttemptAt <= now);
            book.use(choice.entry, now);
            used.push(choice);
          } else {
            const last = one.what === "release" ? used.pop() : used[0];
            if (last?.kind !== "address") continue;
            if (one.what === "release") book.release(last.entry);
            else book.succeeded(last.entry);
          }
          const live = book.entries.filter(({ stale }) => !stale).map(({ key }) => key);
          assert.deepEqual([...live].sort(), [...named].sort());
        }
      }),
    );
  });
});

/** A book whose back-offs are 100, 200, 400 ... ms. */
function setup(addresses: readonly string[]) {
  const backoff = { initialMs: 100, factor: 2, jitter: 0 };
  const book = new AddressBook<string>({ keyOf: (address) => address, backoff, perAddress: Infinity });
  book.replace(addresses);
  const use = (now: number) => {
    const choice = book.choose(now);
    if (choice.kind !== "address") return choice.kind;
    book.use(choice.entry, now);
    return choice.entry.key;
  };
  const keys = () => book.entries.map(({ key, stale }) => (stale ? `${key} stale` : key));
  return { book, use, keys };
}
