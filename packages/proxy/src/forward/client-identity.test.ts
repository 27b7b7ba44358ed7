import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Peer } from "millrace/wire";
import type { ForwardSettings } from "../config/settings.js";
import {
  client,
  forwarded,
  type Line,
  linesOf,
  plain,
  type RequestParts,
  requestWith,
} from "./messages.test.fixture.js";
import { createForwardRequest } from "./request.js";

const told: Line[] = [
  ["X-Forwarded-For", "198.51.100.1"],
  ["X-Forwarded-Proto", "https"],
  ["X-Forwarded-Host", "shop.test"],
  ["X-Forwarded-Port", "8443"],
  ["Forwarded", "for=198.51.100.1;proto=https"],
];

describe("createClientIdentity", () => {
  it("says who the client is, in both ways", () => {
    assert.deepEqual(identity({}, { forwardedHeaders: "both" }), [
      ["X-Forwarded-For", "192.0.2.7"],
      ["X-Forwarded-Proto", "http"],
      ["X-Forwarded-Host", "example.test"],
      ["Forwarded", "for=192.0.2.7;host=example.test;proto=http"],
    ]);
  });

  it("writes only those headers that are chosen", () => {
    const names = (forwardedHeaders: ForwardSettings["forwardedHeaders"]) =>
      identity({}, { forwardedHeaders }).map(([name]) => name);

    assert.deepEqual(names("x-forwarded"), ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"]);
    assert.deepEqual(names("forwarded"), ["Forwarded"]);
    assert.deepEqual(names("none"), []);
  });

  it("replaces what an untrusted client says of itself, and drops its port", () => {
    assert.deepEqual(identity({ fields: told }), identity({}));
  });

  it("drops what an untrusted client says also when it writes nothing itself", () => {
    assert.deepEqual(identity({ fields: told }, { forwardedHeaders: "none" }), []);
  });

  it("appends to what a trusted proxy says", () => {
    assert.deepEqual(identity({ fields: told }, { trustedProxies: ["192.0.2.0/24"] }), [
      ["X-Forwarded-For", "198.51.100.1, 192.0.2.7"],
      ["X-Forwarded-Proto", "https"],
      ["X-Forwarded-Host", "shop.test"],
      ["X-Forwarded-Port", "8443"],
      ["Forwarded", "for=198.51.100.1;proto=https, for=192.0.2.7;host=example.test;proto=http"],
    ]);
  });

  it("joins the lines of a trusted proxy in order", () => {
    const fields: Line[] = [
      ["X-Forwarded-For", "203.0.113.1"],
      ["x-forwarded-for", "203.0.113.2, 203.0.113.3"],
    ];
    const [first] = identity({ fields }, { trustedProxies: ["192.0.2.7"] });

    assert.deepEqual(first, ["X-Forwarded-For", "203.0.113.1, 203.0.113.2, 203.0.113.3, 192.0.2.7"]);
  });

  it("puts IPv6 addresses into brackets and quotes where the grammar asks for it", () => {
    const peer: Peer = { ...client, address: "2001:db8::7" };
    const target = { authority: "[2001:db8::1]:8080" };

    assert.deepEqual(identity({ peer, target }), [
      ["X-Forwarded-For", "2001:db8::7"],
      ["X-Forwarded-Proto", "http"],
      ["X-Forwarded-Host", "[2001:db8::1]:8080"],
      ["Forwarded", 'for="[2001:db8::7]";host="[2001:db8::1]:8080";proto=http'],
    ]);
  });

  it("writes an IPv4 client of an IPv6 listener as IPv4", () => {
    const [first] = identity({ peer: { ...client, address: "::ffff:192.0.2.7" } });

    assert.deepEqual(first, ["X-Forwarded-For", "192.0.2.7"]);
  });

  it("leaves the zone of a link-local address at home", () => {
    const lines = identity(
      { peer: { ...client, address: "fe80::1%eth0" } },
      { trustedProxies: ["10.0.0.0/8"] },
    );

    assert.deepEqual(lines[0], ["X-Forwarded-For", "fe80::1"]);
    assert.match(lines.at(-1)![1], /^for="\[fe80::1\]"/);
  });

  it("says https for a client that came by TLS", () => {
    const lines = identity({ peer: { ...client, encrypted: true } });

    assert.deepEqual(lines[1], ["X-Forwarded-Proto", "https"]);
    assert.match(lines.at(-1)![1], /;proto=https$/);
  });

  it("says unknown for a client without an address, and no host where there is none", () => {
    assert.deepEqual(identity({ peer: { ...client, address: "" }, target: { authority: "" } }), [
      ["X-Forwarded-For", "unknown"],
      ["X-Forwarded-Proto", "http"],
      ["Forwarded", "for=unknown;proto=http"],
    ]);
  });

  it("does not mistake one connection or host for another", () => {
    const forward = createForwardRequest({ ...plain, forwardedHeaders: "x-forwarded" });
    const seen = [
      requestWith(),
      requestWith({ target: { authority: "b.test" } }),
      requestWith({ peer: { ...client, address: "192.0.2.8" } }),
      requestWith(),
    ].map((request) => {
      const { fields } = forward(request);
      return `${fields.get("x-forwarded-for")} ${fields.get("x-forwarded-host")}`;
    });

    assert.deepEqual(seen, [
      "192.0.2.7 example.test",
      "192.0.2.7 b.test",
      "192.0.2.8 example.test",
      "192.0.2.7 example.test",
    ]);
  });
});

function identity(parts: RequestParts, settings: Partial<ForwardSettings> = {}): Line[] {
  return linesOf(forwarded(parts, { forwardedHeaders: "both", ...settings }).fields);
}
