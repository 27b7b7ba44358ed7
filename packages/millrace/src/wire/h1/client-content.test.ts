import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { CallControl } from "../../service/context.js";
import { stubBody } from "../../testing/stub-body.js";
import { settle } from "../../testing/virtual-clock.js";
import { BytesBody } from "../http/body.js";
import { Fields } from "../http/fields.js";
import { callInMemory, requestTo } from "../proof/client-side.js";

const ok = () => "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
const fresh = () => new CallControl();

describe("the content that a ClientConnection sends", () => {
  it("says nothing of content that is not there where that is asked for, but of content of no bytes", async () => {
    const side = callInMemory({ emptyLength: false });
    void side.connection.call(requestTo("/", { method: "POST" }), fresh());
    await settle();
    assert.equal(side.server.take(), "POST / HTTP/1.1\r\nHost: example.test\r\n\r\n");
    side.server.send(ok());
    await settle();
    void side.connection.call(requestTo("/", { method: "POST", body: BytesBody.ofText("") }), fresh());
    await settle();

    assert.match(side.server.text, /Content-Length: 0\r\n\r\n$/);
  });

  it("is given up, if it waits for 100 Continue, when the connection goes or the caller does", async () => {
    for (const end of ["server", "caller", "connection", "upgrade"] as const) {
      const side = callInMemory();
      const fields = Fields.from([["Expect", "100-continue"]]);
      let cancelled = 0;
      const body = stubBody({ cancel: () => void (cancelled += 1) });
      const caller = fresh();
      const request = requestTo("/", { method: "PUT", fields, body, upgrade: "echo" });
      const failed = assert.rejects(side.connection.call(request, caller));
      await settle();
      assert.equal(cancelled, 0);
      if (end === "server") side.server.stream.destroy();
      else if (end === "caller") caller.abort(new Error("changed my mind"));
      else if (end === "connection") side.connection.destroy();
      else
        side.server.send("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n");
      await failed;
      await settle();

      assert.equal(cancelled, 1, end);
    }
  });

  it("gives up a server that does not take whole content, and waits for its answer from when it has", async () => {
    const timeouts = { headMs: 10_000, writeIdleMs: 1_000 };
    const upload = () => requestTo("/", { method: "PUT", body: BytesBody.ofText("x".repeat(50_000)) });
    const stuck = callInMemory({ timeouts, stream: { capacityBytes: 16 } });
    stuck.server.stream.pause();
    const failed = assert.rejects(
      stuck.connection.call(upload(), fresh()),
      (error) => isMillraceError(error, "timeout") && error.phase === "write",
    );
    await stuck.clock.advance(2_000);
    await failed;

    const slow = callInMemory({ timeouts, stream: { capacityBytes: 16 } });
    slow.server.stream.pause();
    const answer = slow.connection.call(upload(), fresh());
    await slow.clock.advance(900);
    slow.server.stream.resume();
    await slow.clock.advance(9_900);
    slow.server.send(ok());

    assert.equal((await answer).status, 200);
  });
});
