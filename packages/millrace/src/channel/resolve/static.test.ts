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
});
