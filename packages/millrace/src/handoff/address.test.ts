import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../base/errors.js";
import { formatListenAddress, parseListenAddress } from "./address.js";

describe("parseListenAddress", () => {
  for (const [given, read] of [
    [8080, "[::]:8080"],
    [":8080", "[::]:8080"],
    ["*:80", "[::]:80"],
    ["127.0.0.1:0", "127.0.0.1:0"],
    ["[::1]:443", "[::1]:443"],
    ["localhost:80", "localhost:80"],
    ["unix:/run/app.sock", "unix:/run/app.sock"],
  ] as const) {
    it(`reads ${given}`, () => {
      assert.equal(formatListenAddress(parseListenAddress(given)), read);
    });
  }

  it("takes IPv4 alone where that is asked for", () => {
    assert.equal(formatListenAddress(parseListenAddress(80, 4)), "0.0.0.0:80");
  });

  for (const given of ["udp:53", "udp4://0.0.0.0:53", "UDP:[::]:53"]) {
    it(`says of ${given} that it is not handed over, and what to do`, () => {
      assert.throws(() => parseListenAddress(given), {
        code: "invalid-options",
        message:
          /found udp.*, whose datagrams are not handed over: bind such a socket in run, with reuseAddr/i,
      });
    });
  }

  for (const given of ["", "port", "1.2.3.4", "host:99999", "::1:80", "unix:app.sock", "a:b:80"]) {
    it(`refuses ${JSON.stringify(given)}`, () => {
      assert.throws(
        () => parseListenAddress(given),
        (error) => isMillraceError(error, "invalid-options"),
      );
    });
  }
});
