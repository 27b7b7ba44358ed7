import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { settle } from "../../testing/virtual-clock.js";
import { RecordedListener } from "./recorded.test.fixture.js";
import { createStaticResolver } from "./static.js";

describe("createStaticResolver", () => {
  it("tells its addresses once, each once, and that they are final", async () => {
    const listener = new RecordedListener();
    const resolver = createStaticResolver([
      "10.0.0.1:80",
      { kind: "unix", path: "/run/x.sock" },
      "10.0.0.1:80",
    ]);
    using resolution = resolver.watch(listener);
    assert.deepEqual(listener.told, [], "nothing is told before watch returns");
    resolution.refresh();
    await settle();

    assert.deepEqual(listener.told, ["10.0.0.1:80 unix:/run/x.sock", "ended"]);
    assert.equal(resolver.target, "10.0.0.1:80,unix:/run/x.sock");
  });

  it("tells nothing once it is disposed of", async () => {
    const listener = new RecordedListener();
    createStaticResolver(["10.0.0.1:80"]).watch(listener)[Symbol.dispose]();
    await settle();

    assert.deepEqual(listener.told, []);
  });

  it("rejects an empty list, and names", () => {
    for (const addresses of [[], ["a.test:80"]]) {
      assert.throws(
        () => createStaticResolver(addresses),
        (error) => isMillraceError(error, "invalid-options"),
      );
    }
  });

  it("reads addresses given as objects as closely as text", () => {
    const tcp = { kind: "tcp", host: "10.0.0.1", port: 80 };
    const wrong: readonly (readonly [message: RegExp, addresses: unknown])[] = [
      [/resolver\.addresses: expected a list of at least one address, found an empty list/, []],
      [/resolver\.addresses: expected .* found 10\.0\.0\.1:80/, "10.0.0.1:80"],
      [/address: expected an object with options, found null/, [null]],
      [/address\.host: expected an IP address, found a\.test/, [{ ...tcp, host: "a.test" }]],
      [/address\.port: expected a whole number from 1 to 65535, found 80/, [{ ...tcp, port: "80" }]],
      [/address\.weight: expected a finite number more than 0, found 0/, [{ ...tcp, weight: 0 }]],
      [/address\.kind: expected "tcp" or "unix", found udp/, [{ ...tcp, kind: "udp" }]],
      [/address\.path: expected the path of a socket, found an empty one/, [{ kind: "unix", path: "" }]],
    ];
    for (const [message, addresses] of wrong) {
      assert.throws(() => createStaticResolver(addresses as never), message);
    }
    assert.equal(createStaticResolver([{ ...tcp, kind: "tcp", host: "0:0::1" }]).target, "[::1]:80");
  });
});
