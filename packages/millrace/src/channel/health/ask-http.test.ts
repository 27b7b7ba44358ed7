import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createContext } from "../../service/context.js";
import { BytesBody, emptyBody, Fields, type HttpRequest, type HttpResponse } from "../../wire/index.js";
import { askHttp, type HttpHealthQuestion } from "./ask-http.js";

describe("askHttp", () => {
  it("passes when the status is one of those expected", async () => {
    const { answer, asked } = await ask({}, { status: 204 });

    assert.deepEqual(answer, { passed: true, status: 204, reason: "status 204" });
    const { method, target, fields } = asked;
    assert.deepEqual([method, target.path, target.authority], ["GET", "/ready", "backend.test"]);
    assert.equal(fields.get("user-agent"), "millrace-health-check");
  });

  it("fails on any other status", async () => {
    const { answer } = await ask({ expectedStatuses: [[204, 204]] }, { status: 200 });

    assert.deepEqual(answer, { passed: false, status: 200, reason: "status 200" });
  });

  it("asks as it is told to", async () => {
    const { asked } = await ask({ method: "HEAD", fields: [["X-Probe", "1"]] }, {});

    assert.deepEqual([asked.method, asked.fields.get("x-probe")], ["HEAD", "1"]);
  });

  const contents = [
    { expectedBody: "SERVING", content: '{"status":"SERVING"}', passed: true },
    { expectedBody: /"SERVING"/, content: '{"status":"NOT_SERVING"}', passed: false },
    { expectedBody: /^ok$/, content: "ok", passed: true },
    { expectedBody: "ok", content: "", passed: false },
  ];
  for (const { expectedBody, content, passed } of contents) {
    it(`${passed ? "finds" : "misses"} ${expectedBody} in "${content}"`, async () => {
      const { answer } = await ask({ expectedBody }, { body: BytesBody.ofText(content) });

      assert.equal(answer.passed, passed);
      if (!passed) assert.equal(answer.reason, "status 200, but not the content expected");
    });
  }

  it("does not look for content behind a status that fails", async () => {
    const { answer } = await ask({ expectedBody: "ok" }, { status: 500, body: BytesBody.ofText("ok") });

    assert.deepEqual(answer, { passed: false, status: 500, reason: "status 500" });
  });

  it("rejects as the call does", async () => {
    const asking = askHttp(question({}), () => Promise.reject(new Error("refused")), createContext());

    await assert.rejects(asking, /refused/);
  });
});

function question(parts: Partial<HttpHealthQuestion>): HttpHealthQuestion {
  return { path: "/ready", host: "backend.test", scheme: "http", expectedStatuses: [[200, 299]], ...parts };
}

async function ask(parts: Partial<HttpHealthQuestion>, response: Partial<HttpResponse>) {
  let asked: HttpRequest | undefined;
  const answer = await askHttp(
    question(parts),
    async (request) => {
      asked = request;
      return { status: 200, reason: "Any", fields: new Fields(), body: emptyBody, ...response };
    },
    createContext(),
  );
  return { answer, asked: asked! };
}
