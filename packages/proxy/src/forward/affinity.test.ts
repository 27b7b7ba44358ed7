import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createContext } from "millrace/service";
import { MockService } from "millrace/testing";
import type { HttpRequest, HttpResponse } from "millrace/wire";
import { parseHashBy } from "../config/hash-by.js";
import { affinity, affinityKey, createAffinity } from "./affinity.js";
import { client, type RequestParts, requestWith } from "./messages.test.fixture.js";
import { createTrust } from "./trusted-proxies.js";

describe("createAffinity", () => {
  const cases: readonly (readonly [hashBy: string, parts: RequestParts, key: string | undefined])[] = [
    ["client", {}, client.address],
    ["client", { peer: { ...client, address: "::ffff:192.0.2.9" } }, "192.0.2.9"],
    ["client", { fields: [["X-Forwarded-For", "203.0.113.1"]] }, client.address],
    ["host", { target: { authority: "Shop.example.test" } }, "shop.example.test"],
    ["path", { target: { path: "/a/b?c=1" } }, "/a/b"],
    ["target", { target: { path: "/a/b?c=1" } }, "/a/b?c=1"],
    ["header:x-user", { fields: [["X-User", "mia"]] }, "mia"],
    ["header:x-user", { fields: [["X-User", ""]] }, undefined],
    ["header:x-user", {}, undefined],
    ["cookie:sid", { fields: [["Cookie", "a=1; sid=xyz; b=2"]] }, "xyz"],
    [
      "cookie:sid",
      {
        fields: [
          ["Cookie", "asid=1"],
          ["Cookie", "sid=xyz"],
        ],
      },
      "xyz",
    ],
    ["cookie:sid", { fields: [["Cookie", "sid"]] }, undefined],
    ["query:id", { target: { path: "/a?x=1&id=7" } }, "7"],
    ["query:id", { target: { path: "/a/id=7" } }, undefined],
    ["query:id", { target: { path: "/a?" } }, undefined],
  ];
  for (const [written, parts, expected] of cases) {
    it(`finds ${expected ?? "nothing"} by ${written} in ${JSON.stringify(parts.fields ?? parts.target ?? {})}`, () => {
      const keyOf = createAffinity(parseHashBy(written)!, createTrust([]));

      assert.equal(keyOf(requestWith(parts)), expected);
    });
  }

  it("believes trusted proxies, and only those, about who the client is", () => {
    const keyOf = createAffinity({ kind: "client" }, createTrust([client.address, "10.0.0.0/8"]));
    const through = (chain: string) => keyOf(requestWith({ fields: [["X-Forwarded-For", chain]] }));

    assert.equal(through("203.0.113.1"), "203.0.113.1");
    assert.equal(through("198.51.100.1, 203.0.113.1, 10.0.0.3"), "203.0.113.1");
    assert.equal(through("10.0.0.3"), "10.0.0.3");
  });
});

describe("affinity", () => {
  it("notes on the call what its request has in common with others", () => {
    const inner = new MockService<HttpRequest, HttpResponse>();
    const service = affinity("header:x-user", createTrust([]))(inner);
    for (const fields of [[["X-User", "mia"]], []] as const)
      void service.call(requestWith({ fields }), createContext());

    assert.deepEqual(
      inner.calls.map(({ context }) => context.get(affinityKey)),
      ["mia", undefined],
    );
  });
});
