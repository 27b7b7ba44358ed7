import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError, MillraceError } from "../../base/errors.js";
import { MockService } from "../../testing/mock-service.js";
import { settle } from "../../testing/virtual-clock.js";
import { createContext } from "../context.js";
import { retry } from "../middleware/retry.js";

describe("RetriedCall", () => {
  it("does not say unsent of a call whose last attempt alone was", async () => {
    const refused = new MillraceError("nobody is there", {
      code: "unavailable",
      unsent: true,
      retryAfterMs: 5,
    });
    const attempts: readonly (readonly [unsent: boolean, first: unknown])[] = [
      [false, new MillraceError("it broke", { code: "connection-lost", unsent: false })],
      [false, new Error("who knows")],
      [true, new MillraceError("refused", { code: "connect-failed", unsent: true })],
    ];
    for (const [unsent, first] of attempts) {
      const inner = new MockService<string, string>();
      const service = retry<string, string>({ policy: { shouldRetry: () => true } })(inner);
      const response = service.call("ping", createContext());
      inner.last.fail(first as Error);
      await settle();
      inner.last.fail(refused);

      await assert.rejects(response, (error) => {
        assert.ok(isMillraceError(error, "unavailable"));
        assert.deepEqual([error.unsent, error.message, error.retryAfterMs], [unsent, "nobody is there", 5]);
        assert.equal(unsent ? error : error.cause, refused);
        return true;
      });
    }
  });
});
