import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createContext, deriveContext } from "../../service/context.js";
import { MockService } from "../../testing/mock-service.js";
import { announceRetries } from "./announce-retries.js";

describe("announceRetries", () => {
  it("says whether a failure of this attempt would be tried again", () => {
    const inner = new MockService<string, string>();
    const withHeader = (request: string, name: string, value: string) => `${request} ${name}=${value}`;
    const service = announceRetries<string, string>({ withHeader, retries: 1 })(inner);
    const first = createContext();
    void service.call("ping", first);
    void service.call("ping", deriveContext(first, { attempt: 2 }));

    assert.deepEqual(
      inner.calls.map(({ request }) => request),
      ["ping client-can-retry=true", "ping client-can-retry=false"],
    );
  });

  it("rejects a number of retries that is none", () => {
    assert.throws(
      () => announceRetries({ withHeader: (request: string) => request, retries: -1 }),
      /announceRetries\.retries/,
    );
  });
});
