import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { abortedError } from "millrace/base";
import { VirtualClock } from "millrace/testing";
import type { Exchange } from "millrace/wire";
import type { AccessLogFormat } from "../config/settings.js";
import { client, type RequestParts, requestWith } from "../forward/messages.test.fixture.js";
import { createAccessLog } from "./access-log.js";

describe("createAccessLog", () => {
  it("is none for off", () => {
    assert.equal(
      createAccessLog("off", () => {}, new VirtualClock()),
      undefined,
    );
  });

  it("writes common lines as Apache does", () => {
    assert.equal(
      lineOf("common", { target: { path: "/a?b" } }, { sentBytes: 12 }),
      '192.0.2.7 - - [01/Jan/2026:00:00:00 +0000] "GET /a?b HTTP/1.1" 200 12\n',
    );
  });

  it("writes combined lines with where the client came from and what it is", () => {
    const fields = [
      ["Referer", "http://a.test/"],
      ["User-Agent", 'say "hi" \\o/'],
    ] as const;

    assert.equal(
      lineOf("combined", { fields }),
      '192.0.2.7 - - [01/Jan/2026:00:00:00 +0000] "GET / HTTP/1.1" 200 - "http://a.test/" "say \\"hi\\" \\\\o/"\n',
    );
    assert.match(lineOf("combined", {}), / "-" "-"\n$/);
  });

  it("keeps a line a line, whatever a client sends", () => {
    const fields = [["User-Agent", "caf\xe9\tx"]] as const;

    assert.match(lineOf("combined", { fields }), /"caf\\xe9\\x09x"\n$/);
  });

  it("writes 499 for a client that left before there was a status", () => {
    assert.match(lineOf("common", {}, { status: 0, error: abortedError() }), / 499 -\n$/);
  });

  it("writes everything known as JSON", () => {
    const fields = [["User-Agent", "curl/8"]] as const;
    const exchange = { startedAt: -1_500, endedAt: -1_500 + 12.34567, receivedBytes: 3, sentBytes: 4 };
    const entry = JSON.parse(
      lineOf("json", { method: "POST", minorVersion: 0, fields }, { ...exchange, error: new Error("broke") }),
    ) as unknown;

    assert.deepEqual(entry, {
      time: "2025-12-31T23:59:58.500Z",
      client: "192.0.2.7",
      method: "POST",
      path: "/",
      host: "example.test",
      protocol: "HTTP/1.0",
      status: 200,
      receivedBytes: 3,
      sentBytes: 4,
      durationMs: 12.346,
      userAgent: "curl/8",
      error: "broke",
    });
  });

  it("collects lines for a moment and writes them together", async () => {
    const { log, written, clock } = setup("common");
    log.add(exchange());
    log.add(exchange());
    assert.equal(written.length, 0);
    await clock.advance(200);

    assert.equal(written.length, 1);
    assert.equal(written[0]!.split("\n").length, 3);
    assert.equal(clock.pending, 0);
  });

  it("waits no longer when much has come together", () => {
    const { log, written } = setup("common");
    const long = exchange({ target: { path: `/${"x".repeat(40_000)}` } });
    log.add(long);
    log.add(long);

    assert.equal(written.length, 1);
  });

  it("writes what is left when it is told to, and nothing when there is nothing", async () => {
    const { log, written, clock } = setup("common");
    log.flush();
    log.add(exchange());
    log.flush();
    await clock.advance(1_000);

    assert.equal(written.length, 1);
  });
});

function setup(format: AccessLogFormat) {
  const clock = new VirtualClock();
  const written: string[] = [];
  const log = createAccessLog(format, (lines) => void written.push(lines), clock)!;
  return { clock, written, log };
}

function lineOf(format: AccessLogFormat, request: RequestParts, parts: Partial<Exchange> = {}): string {
  const { log, written } = setup(format);
  log.add(exchange(request, parts));
  log.flush();
  return written.join("");
}

/** What the log reads of an exchange. */
function exchange(request: RequestParts = {}, parts: Partial<Exchange> = {}): Exchange {
  const facts = { peer: client, status: 200, startedAt: 0, endedAt: 1, receivedBytes: 0, sentBytes: 0 };
  return { ...facts, request: requestWith(request), ...parts } as Exchange;
}
