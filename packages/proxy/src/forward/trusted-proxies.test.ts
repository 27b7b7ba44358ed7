import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createTrust, plainAddress } from "./trusted-proxies.js";

describe("createTrust", () => {
  const cases: readonly (readonly [networks: string[], address: string, trusted: boolean])[] = [
    [[], "127.0.0.1", false],
    [["10.0.0.0/8"], "10.255.0.1", true],
    [["10.0.0.0/8"], "11.0.0.1", false],
    [["192.0.2.7"], "192.0.2.7", true],
    [["192.0.2.7"], "192.0.2.70", false],
    [["192.0.2.7/32", "198.51.100.0/24"], "198.51.100.200", true],
    [["0.0.0.0/0"], "203.0.113.9", true],
    [["0.0.0.0/0"], "2001:db8::1", false],
    [["10.0.0.0/8"], "::ffff:10.1.2.3", true],
    [["10.0.0.0/8"], "::ffff:11.1.2.3", false],
    [["::ffff:10.1.2.3"], "10.1.2.3", true],
    [["::ffff:10.0.0.0/104"], "10.1.2.3", true],
    [["::ffff:10.0.0.0/104"], "::ffff:11.1.2.3", false],
    [["2001:db8::/32"], "2001:db8:1::2", true],
    [["2001:db8::/32"], "2001:db9::1", false],
    [["::1"], "::1", true],
    [["::1"], "127.0.0.1", false],
    [["fe80::/10"], "fe80::1%eth0", true],
    [["10.0.0.0/8"], "fe80::1%eth0", false],
    [["10.0.0.0/8"], "", false],
    [["10.0.0.0/8"], "unknown", false],
  ];
  for (const [networks, address, trusted] of cases) {
    it(`${trusted ? "trusts" : "does not trust"} ${address || "no address"} with [${networks.join(", ")}]`, () => {
      assert.equal(createTrust(networks)(address), trusted);
    });
  }
});

describe("plainAddress", () => {
  it("unwraps IPv4 in IPv6, drops a zone, and leaves the rest", () => {
    assert.deepEqual(
      ["::ffff:192.0.2.1", "192.0.2.1", "::ffff:0:1", "::1", "fe80::1%eth0", ""].map(plainAddress),
      ["192.0.2.1", "192.0.2.1", "::ffff:0:1", "::1", "fe80::1", ""],
    );
  });
});
