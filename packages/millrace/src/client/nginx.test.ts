import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Nginx, withNginx } from "../channel/nginx.test.fixture.js";
import { clientOf } from "./server.test.fixture.js";

const widget = { id: 7, name: "cog" };
const locations = `default_type application/json;
  location = /api/widgets/7 { return 200 '${JSON.stringify(widget)}'; }
  location = /api/busy { return 503; }`;

describe("a client of nginx", withNginx, () => {
  for (const over of ["http", "https"] as const) {
    it(`reads what nginx compresses, hears its errors, and survives its restart: over ${over}`, async () => {
      const compressing = "gzip on; gzip_min_length 1; gzip_types application/json;";
      await using server = await Nginx.start(compressing, locations);
      const node =
        over === "http" ? `http://127.0.0.1:${server.port}` : `https://localhost:${server.tlsPort}`;
      await using client = await clientOf([`${node}/api`], { security: { caFile: server.caFile } });
      const get = () => client.get("/widgets/{id}", { path: { id: 7 } });
      const answer = await client.fetch("/widgets/7");
      assert.equal(answer.headers.get("content-length"), null, "nginx has compressed the answer");
      assert.deepEqual(await answer.json(), widget);
      await assert.rejects(client.get("/nothing"), { name: "RemoteError", status: 404 });
      await assert.rejects(client.get("/busy", { retries: 1 }), { status: 503 });

      await server.restart();
      assert.deepEqual(await get(), widget);
    });
  }

  it("makes every call though nginx closes its connections again and again", async () => {
    await using server = await Nginx.start("keepalive_timeout 1s 1s; keepalive_requests 3;", locations);
    await using client = await clientOf([`http://127.0.0.1:${server.port}/api`], { maxRetries: 0 });
    const get = () => client.get("/widgets/{id}", { path: { id: 7 } });

    for (let round = 0; round < 10; round += 1) {
      assert.deepEqual(await Promise.all([get(), get(), get()]), [widget, widget, widget]);
    }
  });
});
