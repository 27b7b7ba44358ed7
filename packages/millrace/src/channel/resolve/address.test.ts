import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isMillraceError } from "../../base/errors.js";
import { addressKey, distinctAddresses, parseAddress, tcpAddress } from "./address.js";

const isInvalid = (error: unknown) => isMillraceError(error, "invalid-options");

describe("addressKey", () => {
  it("writes what parseAddress reads", () => {
    const host = fc.oneof(fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(host, fc.integer({ min: 1, max: 65_535 }), (ip, port) => {
        const address = tcpAddress(ip, port);
        assert.deepEqual(parseAddress(addressKey(address)), address);
      }),
    );
    assert.deepEqual(parseAddress("unix:/run/x.sock"), { kind: "unix", path: "/run/x.sock" });
  });

  it("is one for two spellings of an IPv6 address, and whatever the weight", () => {
    const keys = ["::1", "0:0:0:0:0:0:0:1"].map((host) => addressKey(tcpAddress(host, 80)));

    assert.deepEqual(keys, ["[::1]:80", "[::1]:80"]);
    assert.equal(addressKey(tcpAddress("10.0.0.1", 80, 5)), "10.0.0.1:80");
  });

  it("keeps the zone of a link-local address", () => {
    assert.equal(addressKey(tcpAddress("fe80::1%eth0", 80)), "[fe80::1%eth0]:80");
  });
});

describe("parseAddress", () => {
  it("rejects names, missing and impossible ports, and empty paths", () => {
    for (const text of ["a.test:80", "10.0.0.1", "10.0.0.1:0", "10.0.0.1:65536", "::1:80", "unix:", ""]) {
      assert.throws(() => parseAddress(text), isInvalid, text);
    }
  });
});

describe("distinctAddresses", () => {
  it("keeps the first of each, in their order", () => {
    const [a, b] = [tcpAddress("10.0.0.1", 80, 3), tcpAddress("10.0.0.2", 80)];

    assert.deepEqual(distinctAddresses([a, b, tcpAddress("10.0.0.1", 80)]), [a, b]);
  });
});
