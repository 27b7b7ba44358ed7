import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createDispatcher } from "../dispatch/create-dispatcher.js";
import { type Origin, openOrigin } from "../origin.test.fixture.js";
import { createFetch } from "./create-fetch.js";
import { edgeScenes } from "./edge-scenes.test.fixture.js";
import { type AnyFetch, scenes } from "./scenes.test.fixture.js";

const all = Object.entries({ ...scenes, ...edgeScenes });

describe("createFetch, beside the fetch of Node", () => {
  let origin: Origin;
  before(async () => (origin = await openOrigin()));
  after(() => origin[Symbol.asyncDispose]());

  for (const [name, scene] of all) {
    it(`does the same with ${name}`, async () => {
      const ours = createFetch(origin.pool, { base: origin.url });

      const expected = await scene(fetch, origin.url);
      const found = await scene(ours as unknown as AnyFetch, origin.url);

      assert.deepEqual(found, expected);
    });
  }
});

describe("the fetch of Node on createDispatcher, beside itself", () => {
  let origin: Origin;
  before(async () => (origin = await openOrigin()));
  after(() => origin[Symbol.asyncDispose]());

  for (const [name, scene] of all) {
    it(`does the same with ${name}`, async () => {
      const dispatcher = createDispatcher(origin.pool);
      const ours: AnyFetch = (input, init) => fetch(input, { ...init, dispatcher } as unknown as RequestInit);

      const expected = await scene(fetch, origin.url);
      const found = await scene(ours, origin.url);

      assert.deepEqual(found, expected);
    });
  }
});
