import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defaultHandoffName } from "./name.js";

describe("defaultHandoffName", () => {
  it("goes by the port, and by the address where that is one of several", () => {
    const names = [
      { host: "0.0.0.0", port: 8080 },
      { host: "::", port: 8080 },
      { host: "10.0.0.1", port: 80 },
      { host: "fe80::1", port: 80 },
    ].map(defaultHandoffName);

    assert.deepEqual(names, ["proxy-8080", "proxy-8080", "proxy-10.0.0.1-80", "proxy-fe80--1-80"]);
  });
});
