import assert from "node:assert/strict";
import { it } from "node:test";
import type { MockService } from "../../testing/mock-service.js";
import type { Service } from "../service.js";

/** A layer around a mock service. */
export interface Layered {
  readonly inner: Pick<MockService<never, never>, "allow">;
  readonly service: Pick<Service<never, never>, "ready" | "whenReady">;
}

/** Declares the test of a layer that is ready whenever what is inside is. */
export function isAsReadyAsInside(setup: () => Layered): void {
  void it("is as ready as the inner service, and passes on when that becomes so", async () => {
    const { inner, service } = setup();
    inner.allow(0);
    assert.equal(service.ready, false);
    const waiting = service.whenReady();
    inner.allow(1);

    await waiting;
    assert.equal(service.ready, true);
  });
}
