import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createContext } from "../../service/context.js";
import { emptyBody } from "../../wire/http/body.js";
import { Fields } from "../../wire/http/fields.js";
import type { HttpRequest } from "../../wire/http/message.js";
import { fakeNodes, jsonResponse } from "../fake-nodes.test.fixture.js";
import { openClient } from "../open-client.js";

const target = { form: "origin", path: "/", authority: "", scheme: "http" } as const;

describe("a client over what throws where it should reject", () => {
  it("holds nothing for such a call: it closes, and lets as many in as before", async () => {
    let throws = true;
    const { options } = fakeNodes(() => {
      if (throws) throw new TypeError("a bug");
      return jsonResponse(200, "fine");
    });
    const client = await openClient({ ...options, service: "a", uris: ["http://one"] });
    // More than any limit lets in at a time.
    for (let count = 0; count < 200; count += 1) await assert.rejects(client.post("/"), /a bug/);
    throws = false;

    assert.equal(await client.get("/"), "fine");
    await client.close();
  });

  it("closes after a request that is none", async () => {
    const { options } = fakeNodes(() => jsonResponse(200));
    const client = await openClient({ ...options, service: "a", uris: ["http://one"] });
    const request: HttpRequest = {
      method: "GET",
      target,
      minorVersion: 1,
      fields: new Fields(),
      body: emptyBody,
    };
    const broken = { ...request, fields: undefined as unknown as Fields };

    await assert.rejects(client.call(broken, createContext()), TypeError);
    await client.close();
  });
});
