import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LiveService } from "./live-service.js";
import { SharedServices } from "./shared-services.js";

describe("C22: SharedServices", () => {
  it("finds what is in use, and closes what nobody uses any more", async () => {
    const { services, closed, use } = setup();
    const [first, second] = [use("a"), use("a")];
    assert.equal(first, second);
    await services.leave(first);
    assert.deepEqual([services.size, closed], [1, []]);
    await services.leave(second);

    assert.deepEqual([services.size, closed], [0, ["a"]]);
  });

  it("finds only as many as allowed again, and keeps the others for their users", async () => {
    const { services, closed, use } = setup(2);
    const [a] = [use("a"), use("b")];
    use("a");
    use("c");
    assert.equal(use("a"), a, "asked for after b");
    assert.deepEqual([services.size, closed], [3, []]);
    const again = use("b");
    assert.deepEqual([services.size, closed], [4, []]);
    await services.leave(again);

    assert.deepEqual(closed, ["b"]);
    assert.equal(services.size, 3);
  });

  it("closes all, whoever uses them", async () => {
    const { services, closed, use } = setup();
    use("a");
    use("a");
    use("b");
    await services.close();

    assert.deepEqual(closed.sort(), ["a", "b"]);
  });
});

function setup(limit?: number) {
  const services = new SharedServices(limit);
  const closed: string[] = [];
  const use = (key: string) =>
    services.use(key, () => {
      const close = async () => void closed.push(key);
      return { live: { close } as LiveService, opened: Promise.resolve(), reload: () => Promise.resolve() };
    });
  return { services, closed, use };
}
