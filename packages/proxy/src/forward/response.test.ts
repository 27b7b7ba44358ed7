import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { createMemoryPair, stubBody } from "millrace/testing";
import { type Line, linesOf, responseWith } from "./messages.test.fixture.js";
import { forwardResponse } from "./response.js";

describe("forwardResponse", () => {
  for (const name of [
    "Keep-Alive",
    "Proxy-Connection",
    "Proxy-Authenticate",
    "Transfer-Encoding",
    "Upgrade",
    "TE",
  ]) {
    it(`ends ${name} here`, () => {
      assert.deepEqual(
        passed([
          ["Server", "a"],
          [name, "x"],
          ["ETag", '"b"'],
        ]),
        [
          ["Server", "a"],
          ["ETag", '"b"'],
        ],
      );
    });
  }

  it("removes what Connection names, and Connection", () => {
    const lines: Line[] = [
      ["Connection", "close, X-Internal"],
      ["x-internal", "1"],
      ["X-Public", "2"],
    ];

    assert.deepEqual(passed(lines), [["X-Public", "2"]]);
  });

  it("lets no server take away what frames or keeps a session", () => {
    const lines: Line[] = [
      ["Content-Length", "0"],
      ["Content-Type", "text/plain"],
      ["Set-Cookie", "a=b"],
      ["Date", "Thu, 01 Jan 2026 00:00:00 GMT"],
    ];

    assert.deepEqual(passed([...lines, ["Connection", lines.map(([name]) => name).join(",")]]), lines);
  });

  it("keeps Set-Cookie lines apart and in order", () => {
    const lines: Line[] = [
      ["Set-Cookie", "a=1"],
      ["Keep-Alive", "timeout=5"],
      ["set-cookie", "b=2, c"],
    ];

    assert.deepEqual(passed(lines), [lines[0], lines[2]]);
  });

  it("hands a response on that needs no change", () => {
    const response = responseWith([
      ["Connection", "keep-alive"],
      ["A", "b"],
    ]);

    assert.equal(forwardResponse(response), response);
  });

  it("keeps the protocol that a tunnel switches to, and its stream", () => {
    const [stream] = createMemoryPair();
    const fields: Line[] = [
      ["Connection", "upgrade"],
      ["Upgrade", "websocket"],
      ["Sec-WebSocket-Accept", "x"],
    ];
    const response = forwardResponse(
      responseWith(fields, { status: 101, reason: "Switching Protocols", stream }),
    );

    assert.equal(response.stream, stream);
    assert.deepEqual(linesOf(response.fields), [fields[2], fields[1]]);
  });

  it("keeps status, reason and content", () => {
    const body = stubBody();
    const response = forwardResponse(
      responseWith([["Keep-Alive", "timeout=5"]], { status: 299, reason: "Odd", body }),
    );

    assert.deepEqual([response.status, response.reason], [299, "Odd"]);
    assert.equal(response.body, body);
  });

  it("lets no hop-by-hop field through and all others in order, whatever there is", () => {
    const ending = ["connection", "Keep-Alive", "proxy-connection", "TRANSFER-ENCODING", "upgrade", "te"];
    const ordinary = ["server", "Set-Cookie", "x-a", "vary", "ETag"];
    const line = fc.tuple(
      fc.constantFrom(...ending, ...ordinary),
      fc.constantFrom("keep-alive", "close", "b"),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        assert.deepEqual(
          passed(lines).filter(([name]) => name !== "connection"),
          lines.filter(([name]) => ordinary.includes(name)),
        );
      }),
    );
  });
});

function passed(lines: readonly Line[]): Line[] {
  return linesOf(forwardResponse(responseWith(lines)).fields);
}
