import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createRefreshable, type Refreshable } from "./refreshable.js";

interface Settings {
  readonly name: string;
  readonly uris: readonly string[];
}

const first: Settings = { name: "a", uris: ["http://one"] };

describe("Refreshable", () => {
  it("tells subscribers of a new value", () => {
    const settings = createRefreshable(first);
    const heard = listen(settings);
    settings.set({ ...first, name: "b" });

    assert.deepEqual(heard, [{ ...first, name: "b" }]);
  });

  it("tells nobody of a value that equals the old one, and keeps the old one", () => {
    const settings = createRefreshable(first);
    const heard = listen(settings);
    settings.set(structuredClone(first));

    assert.deepEqual(heard, []);
    assert.equal(settings.value, first);
  });

  it("tells subscribers of a part only when the part changes", () => {
    const settings = createRefreshable(first);
    const heard = listen(settings.map(({ uris }) => uris));
    settings.set({ ...first, name: "b" });
    settings.set({ name: "b", uris: ["http://two"] });

    assert.deepEqual(heard, [["http://two"]]);
  });

  it("shows the value of a part that nobody subscribes to", () => {
    const settings = createRefreshable(first);
    const name = settings.map((value) => value.name).map((text) => text.toUpperCase());
    settings.set({ ...first, name: "b" });

    assert.equal(name.value, "B");
  });

  it("keeps the very value of a part that has not changed", () => {
    const settings = createRefreshable(first);
    const uris = settings.map((value) => [...value.uris]);
    const before = uris.value;
    settings.set({ ...first, name: "b" });

    assert.equal(uris.value, before);
  });

  it("tells of a change that was looked at before it was told", () => {
    const settings = createRefreshable(first);
    const name = settings.map((value) => value.name);
    settings.subscribe(() => void name.value);
    const heard = listen(name);
    settings.set({ ...first, name: "b" });

    assert.deepEqual(heard, ["b"]);
  });

  it("lets go of the whole with the last subscriber of a part", () => {
    const settings = createRefreshable(first);
    const subscribe = settings.subscribe.bind(settings);
    let following = 0;
    settings.subscribe = (listener) => {
      following += 1;
      const subscription = subscribe(listener);
      return {
        [Symbol.dispose]: () => {
          following -= 1;
          subscription[Symbol.dispose]();
        },
      };
    };
    const name = settings.map((value) => value.name);
    const subscriptions = [name.subscribe(() => {}), name.subscribe(() => {})];
    assert.equal(following, 1);
    for (const subscription of subscriptions) {
      subscription[Symbol.dispose]();
      subscription[Symbol.dispose]();
    }

    assert.equal(following, 0);
  });
});

function listen<T>(setting: Refreshable<T>): T[] {
  const heard: T[] = [];
  setting.subscribe((value) => heard.push(value));
  return heard;
}
