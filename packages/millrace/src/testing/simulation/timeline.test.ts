import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Timeline } from "./timeline.js";

describe("Timeline", () => {
  it("counts in buckets of time", () => {
    const timeline = new Timeline(2);
    for (const now of [0, 0.9, 2]) timeline.count(0, now);
    timeline.count(1, 1);

    assert.deepEqual(
      [timeline.row(0), timeline.row(1)],
      [
        [2, 0, 1],
        [0, 1, 0],
      ],
    );
  });

  it("widens its buckets when time goes on, and loses nothing", () => {
    const timeline = new Timeline(1);
    for (let now = 0; now < 1000; now += 1) timeline.count(0, now);

    assert.equal(timeline.bucketMs, 8);
    assert.equal(timeline.row(0).length, 125);
    assert.ok(timeline.row(0).every((count) => count === 8));
  });
});
