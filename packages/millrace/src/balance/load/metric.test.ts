import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stubMember } from "../../testing/stub-member.js";
import { constantLoad, inFlight, oldestCall, peakEwma } from "./metric.js";

describe("peakEwma", () => {
  it("is the latency times the calls the member would then have", () => {
    const member = stubMember("a");
    member.load.inFlight = 2;

    assert.equal(peakEwma(member, 0), 30);
  });

  it("counts the wait of the oldest call without an answer as a latency already measured", () => {
    const member = stubMember("a");
    member.load.inFlight = 1;
    member.load.oldest = 5000;

    assert.equal(peakEwma(member, 0), 10_000);
  });

  it("still tells members apart by their calls when no latency is left", () => {
    const [idle, busy] = [stubMember("a"), stubMember("b")];
    idle.load.latency = 0;
    busy.load.latency = 0;
    busy.load.inFlight = 1;

    assert.ok(peakEwma(idle, 0) < peakEwma(busy, 0));
  });
});

describe("inFlight", () => {
  it("is the calls the member has", () => {
    const member = stubMember("a");
    member.load.inFlight = 3;

    assert.equal(inFlight(member, 0), 3);
  });
});

describe("oldestCall", () => {
  it("is how long the oldest call without an answer has waited", () => {
    const member = stubMember("a");
    member.load.oldest = 70;

    assert.equal(oldestCall(member, 0), 70);
  });
});

describe("constantLoad", () => {
  it("is the same for all", () => {
    const [idle, busy] = [stubMember("a"), stubMember("b")];
    busy.load.inFlight = 9;

    assert.equal(constantLoad(idle, 0), constantLoad(busy, 0));
  });
});
