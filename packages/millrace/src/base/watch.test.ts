import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { WatchSource } from "./watch.js";

describe("WatchSource", () => {
  it("has its present value at hand", () => {
    const source = new WatchSource("cold");
    source.set("warm");

    assert.equal(source.value, "warm");
  });

  it("tells subscribers of changes, in the order they came, but not of the value there is", () => {
    const source = new WatchSource(0);
    const heard: string[] = [];
    source.subscribe((value) => heard.push(`a${value}`));
    source.subscribe((value) => heard.push(`b${value}`));
    source.set(1);

    assert.deepEqual(heard, ["a1", "b1"]);
  });

  it("tells nobody of an equal value", () => {
    const source = new WatchSource(Number.NaN);
    source.subscribe(() => assert.fail("nothing changed"));

    source.set(Number.NaN);
  });

  it("has changed by the time subscribers hear of it", () => {
    const source = new WatchSource(0);
    let seen = -1;
    source.subscribe(() => (seen = source.value));
    source.set(7);

    assert.equal(seen, 7);
  });

  it("tells no more once the handle is disposed, even if one function subscribed twice", () => {
    const source = new WatchSource(0);
    let heard = 0;
    const listener = () => (heard += 1);
    const first = source.subscribe(listener);
    source.subscribe(listener);
    first[Symbol.dispose]();
    source.set(1);

    assert.equal(heard, 1);
  });
});
