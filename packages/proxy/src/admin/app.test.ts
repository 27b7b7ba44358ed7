import assert from "node:assert/strict";
import { type AddressInfo, connect } from "node:net";
import { describe, it } from "node:test";
import fc from "fast-check";
import { setup } from "./app.test.fixture.js";

const url = "http://127.0.0.1:12345";
const id = "127.0.0.1:12345";

describe("POST /servers", () => {
  it("adds a server, as curl -d sends it", async () => {
    const { send } = await setup();
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    const { status, body } = await send("POST", "/servers", `{"url":"${url}"}`, headers);

    assert.equal(status, 201);
    assert.equal(body["id"], id);
    assert.equal(body["url"], url);
    assert.equal(body["state"], "active");
    assert.equal(body["revision"], 1);
  });

  it("answers 200 with the server when it is there already", async () => {
    const { send } = await setup();
    await send("POST", "/servers", { url });

    assert.equal((await send("POST", "/servers", { url: `${url}/` })).status, 200);
  });

  it("refuses to change a server that is there", async () => {
    const { send } = await setup();
    await send("POST", "/servers", { url });
    const { status, body } = await send("POST", "/servers", { url, weight: 2 });

    assert.equal(status, 409);
    assert.match(String(body["message"]), /PATCH \/servers\//);
  });

  it("names the field that is wrong", async () => {
    const { send } = await setup();
    const wrong: readonly (readonly [unknown, string])[] = [
      [{}, "url"],
      [{ url: 5 }, "url"],
      [{ url: "ftp://x" }, "url"],
      [{ url, weight: -1 }, "weight"],
      [{ url, healthCheck: { interval: 5 } }, "healthCheck.interval"],
      [{ url, healthCheck: { intervall: "5s" } }, "healthCheck.intervall"],
      [{ url, colour: "red" }, "colour"],
      ["{", ""],
      ["[]", ""],
      ["null", ""],
    ];
    for (const [body, field] of wrong) {
      const answer = await send("POST", "/servers", body);
      assert.equal(answer.status, 400, JSON.stringify(body));
      assert.equal(answer.body["error"], "invalid");
      assert.equal(answer.body["field"], field);
    }
  });

  it("waits until workers have applied it when asked to, and says which have not", async () => {
    const { send } = await setup();
    const { body } = await send("POST", "/servers?wait=applied", { url });

    assert.deepEqual(body["applied"], { applied: 1, workers: 2, missing: [7] });
  });

  it("refuses a body that is too large", async () => {
    const { send } = await setup();
    const { status, body } = await send("POST", "/servers", `"${"x".repeat(1_100_000)}"`);

    assert.equal(status, 413);
    assert.equal(body["error"], "too-large");
  });
});

describe("GET /servers", () => {
  it("lists servers with links, as weldr does", async () => {
    const { send } = await setup();
    await send("POST", "/servers", { url });
    const { body } = await send("GET", "/servers");
    const [server] = body["servers"] as { url: string; links: { rel: string }[] }[];

    assert.equal(server!.url, url);
    assert.deepEqual(
      server!.links.find(({ rel }) => rel === "delete"),
      { rel: "delete", href: `/servers/${encodeURIComponent(url)}`, method: "DELETE" },
    );
    assert.deepEqual(body["links"], [{ rel: "add", href: "/servers", method: "POST" }]);
  });
});

describe("DELETE /servers", () => {
  it("takes an id, a URL, or host and port", async () => {
    for (const path of [id, encodeURIComponent(url), "127.0.0.1/12345"]) {
      const { send } = await setup();
      await send("POST", "/servers", { url });
      const { status, body } = await send("DELETE", `/servers/${path}`);

      assert.equal(status, 202, path);
      assert.equal(body["state"], "removing");
    }
  });

  it("follows the link of the listing", async () => {
    const { send } = await setup();
    const { body } = await send("POST", "/servers", { url: "http://[::1]:9000/base" });
    const links = body["links"] as { rel: string; href: string }[];

    for (const { href } of links) assert.notEqual((await send("GET", href)).status, 404, href);
    assert.equal((await send("DELETE", links.find(({ rel }) => rel === "delete")!.href)).status, 202);
  });

  it("removes at once without a drain", async () => {
    const { send, pool } = await setup();
    await send("POST", "/servers", { url });
    const { status, body } = await send("DELETE", `/servers/${id}?drain=0s`);

    assert.equal(status, 200);
    assert.equal(body["removed"], url);
    assert.equal(pool.servers.size, 0);
  });

  it("says when there is no such server, or more than one", async () => {
    const { send } = await setup();
    await send("POST", "/servers", { url });
    await send("POST", "/servers", { url: `${url}/api` });

    assert.equal((await send("DELETE", "/servers/nowhere")).status, 404);
    assert.equal((await send("DELETE", `/servers/${encodeURIComponent("http://me@x/")}`)).status, 404);
    assert.equal((await send("DELETE", "/servers/127.0.0.1/1")).status, 404);
    assert.equal((await send("DELETE", "/servers/127.0.0.1/12345")).status, 409);
  });
});

describe("PATCH /servers/{id}", () => {
  it("changes weight, health check and duty", async () => {
    const { send } = await setup();
    await send("POST", "/servers", { url });
    const change = { weight: 3, draining: true, healthCheck: { path: "/up", interval: "1500ms" } };
    const { body } = await send("PATCH", `/servers/${id}`, change);

    assert.equal(body["weight"], 3);
    assert.equal(body["state"], "draining");
    assert.deepEqual(body["healthCheck"], { interval: "1500ms", path: "/up" });
    assert.deepEqual((await send("PATCH", `/servers/${id}`, { healthCheck: null })).body["healthCheck"], {});
  });
});

describe("/config", () => {
  it("shows what it takes back", async () => {
    const { send } = await setup();
    const { body } = await send("GET", "/config");

    assert.equal((await send("PATCH", "/config", body)).status, 200);
    assert.equal((await send("PATCH", "/config", { timeouts: { connect: "1s" } })).status, 200);
    const after = (await send("GET", "/config")).body;
    assert.equal((after["timeouts"] as { connect: string }).connect, "1s");
  });

  it("names the setting that is wrong", async () => {
    const { send } = await setup();
    const { status, body } = await send("PATCH", "/config", { limits: { body: "huge" } });

    assert.equal(status, 400);
    assert.equal(body["field"], "limits.body");
  });
});

describe("/stats", () => {
  it("tells both sides' outcomes first", async () => {
    const { send } = await setup();
    const { body } = await send("GET", "/stats");

    assert.deepEqual(body["client"], { success: 8, failed: 2 });
    assert.deepEqual(body["server"], { success: 9, failed: 3 });
  });

  it("has a row for each server", async () => {
    const { send } = await setup();
    await send("POST", "/servers", { url });
    const { body } = await send("GET", "/stats/detail");
    const [row] = body["servers"] as Record<string, unknown>[];

    assert.equal(row!["ip"], "127.0.0.1");
    assert.equal(row!["port"], 12345);
    assert.equal(row!["success"], 4);
    assert.equal(row!["state"], "ejected");
  });

  it("tells Prometheus too", async () => {
    const { send, text } = await setup();
    await send("POST", "/servers", { url });
    const metrics = await text("/metrics");

    assert.match(metrics, /^http_server_request_duration_seconds_bucket\{le="0\.005"\} 1$/m);
    assert.match(metrics, /^http_server_request_duration_seconds_count 1$/m);
    assert.match(metrics, /^millrace_requests_total\{http_response_status_code="200"\} 8$/m);
    assert.match(metrics, /^http_client_request_duration_seconds_count\{server="127.0.0.1:12345",/m);
    assert.match(metrics, /^millrace_server_answers_total\{.*outcome="success"\} 4$/m);
  });
});

describe("the admin API", () => {
  it("lists links that all lead somewhere", async () => {
    const { send, app } = await setup();
    const { body } = await send("GET", "/");

    for (const { href } of body["links"] as { href: string }[]) {
      assert.equal((await app.inject({ method: "GET", url: href })).statusCode, 200, href);
    }
  });

  it("describes every route", async () => {
    const { text } = await setup();
    const { openapi, paths } = JSON.parse(await text("/openapi.json")) as { openapi: string; paths: object };

    assert.equal(openapi, "3.1.0");
    assert.deepEqual(Object.keys(paths).toSorted(), [
      "/",
      "/config",
      "/healthz",
      "/metrics",
      "/openapi.json",
      "/readyz",
      "/servers",
      "/servers/{host}/{port}",
      "/servers/{id}",
      "/stats",
      "/stats/detail",
      "/workers",
    ]);
  });

  it("is ready while workers accept", async () => {
    const { send, fleet } = await setup();
    assert.equal((await send("GET", "/readyz")).status, 200);
    fleet.accepting = false;

    assert.equal((await send("GET", "/readyz")).status, 503);
    assert.equal((await send("GET", "/healthz")).status, 200);
  });

  it("says what is not there, and what is not possible", async () => {
    const { send, app } = await setup();
    assert.equal((await send("GET", "/nothing")).status, 404);
    const { status, body } = await send("DELETE", "/servers");

    assert.equal(status, 405);
    assert.deepEqual(Object.keys(body), ["error", "message"]);
    assert.match(String(body["message"]), /GET, POST/);
    assert.equal((await app.inject({ method: "DELETE", url: "/servers" })).headers["allow"], "GET, POST");
  });

  it("refuses a query that it does not know", async () => {
    const { send } = await setup();
    const { status, body } = await send("POST", "/servers?wiat=applied", { url });

    assert.equal(status, 400);
    assert.match(String(body["message"]), /did you mean "wait"/);
    const unasked = await send("GET", "/servers?page=1");
    assert.equal(unasked.body["message"], 'unknown setting "page"; there are none here');
  });

  it("refuses what is no HTTP as it refuses anything else", async () => {
    const { app } = await setup();
    await app.listen({ host: "127.0.0.1", port: 0 });
    const { port } = app.server.address() as AddressInfo;
    for (const [sent, status] of [
      ["NONSENSE\r\n\r\n", "400 Bad Request"],
      [`GET / HTTP/1.1\r\nX: ${"x".repeat(20_000)}\r\n\r\n`, "431 Request Header Fields Too Large"],
    ] as const) {
      const socket = connect(port, "127.0.0.1").setEncoding("latin1");
      socket.write(sent);
      let text = "";
      for await (const part of socket) text += String(part);
      const [head = "", body = ""] = text.split("\r\n\r\n");
      assert.equal(head.split("\r\n", 1)[0], `HTTP/1.1 ${status}`);
      assert.deepEqual(Object.keys(JSON.parse(body) as object), ["error", "message"]);
    }
    await app.close();
  });

  it("makes an edit only if the pool is still as it was seen", async () => {
    const { send, app } = await setup();
    const { etag } = (await app.inject("/servers")).headers;
    const headers = { "if-match": String(etag) };
    assert.equal((await send("POST", "/servers", { url }, headers)).status, 201);

    assert.equal((await send("DELETE", `/servers/${id}`, undefined, headers)).status, 412);
    assert.equal((await send("DELETE", `/servers/${id}`, undefined, { "if-match": "W/x" })).status, 400);
  });

  it("is not to be had by web pages", async () => {
    const { send } = await setup();
    assert.equal((await send("GET", "/servers", undefined, { host: "evil.example:8687" })).status, 403);
    assert.equal((await send("POST", "/servers", { url }, { origin: "http://evil.example" })).status, 403);
    assert.equal((await send("GET", "/servers", undefined, { host: "[::1]:8687" })).status, 200);

    assert.equal(
      (await send("GET", "/servers", undefined, { host: "a:1", origin: "http://a:1" })).status,
      403,
    );
  });

  it("answers anything with less than 500", async () => {
    const { app } = await setup();
    const paths = fc.constantFrom("/servers", "/config", `/servers/${id}`, "/servers/a/b", "/stats", "/%ff");
    const methods = fc.constantFrom("GET" as const, "POST" as const, "PATCH" as const, "DELETE" as const);
    const payloads = fc.oneof(fc.json(), fc.string(), serverLike());
    await fc.assert(
      fc.asyncProperty(
        methods,
        paths,
        payloads,
        fc.webQueryParameters(),
        async (method, path, payload, query) => {
          const { statusCode, body } = await app.inject({ method, url: `${path}?${query}`, payload });
          assert.ok(statusCode < 500, body);
          if (statusCode >= 400) assert.ok((JSON.parse(body) as { error?: string }).error);
        },
      ),
      { numRuns: 300 },
    );
  });
});

function serverLike(): fc.Arbitrary<string> {
  const value = fc.oneof(fc.jsonValue(), fc.constantFrom("http://a", "1s", "none", "0s", "200-299"));
  const keys = fc.constantFrom(
    "url",
    "weight",
    "healthCheck",
    "interval",
    "draining",
    "timeouts",
    "__proto__",
    "x",
  );
  const flat = fc.dictionary(keys, value);
  return fc.dictionary(keys, fc.oneof(value, flat)).map((document) => JSON.stringify(document));
}
