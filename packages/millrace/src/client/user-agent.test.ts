import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { isMillraceError } from "../base/errors.js";
import { createContext } from "../service/context.js";
import { MockService } from "../testing/mock-service.js";
import { emptyBody } from "../wire/http/body.js";
import { Fields } from "../wire/http/fields.js";
import type { HttpRequest, HttpResponse } from "../wire/http/message.js";
import { callOptions } from "./call/call-options.js";
import type { Endpoint } from "./call/endpoint.js";
import { callerAgent } from "./caller-agent.js";
import { createUserAgentText, type UserAgent } from "./user-agent.js";
import { version } from "./version.js";

const primary = { name: "widget-ui", version: "1.2.3" };

describe("C20: the user agent", () => {
  it("names the program, its parts, the API and this library, in that order", () => {
    const text = createUserAgentText({
      primary,
      nodeId: "10.0.0.1-a",
      informational: [
        { name: "framework", version: "2.0" },
        { name: "runtime", version: "3" },
      ],
    });

    assert.equal(
      text(endpointOf("WidgetService", "4.5.6")),
      `widget-ui/1.2.3 (nodeId:10.0.0.1-a) framework/2.0 runtime/3 WidgetService/4.5.6 millrace/${version}`,
    );
  });

  it("leaves the API out where nobody knows it", () => {
    assert.equal(createUserAgentText({ primary })(), `widget-ui/1.2.3 millrace/${version}`);
  });

  it("says 0.0.0 for an API without a version", () => {
    assert.match(createUserAgentText({ primary })(endpointOf("A", undefined)), / A\/0\.0\.0 millrace\//);
  });

  for (const good of ["1", "1.2", "1.2.3.4", "1.2.3-rc4", "1.2.3-5-gabc0", "1.2.3-rc4-5-gabc0"]) {
    it(`sends the version ${good} as it is`, () => {
      assert.match(textWith({ primary: { name: "a", version: good } }), new RegExp(`^a/${good} `));
    });
  }

  for (const bad of ["", "v1", "1.", ".1", "1..2", "1.2.3-alpha", "1.2-g", "1 2", "1\r\nX: y"]) {
    it(`sends 0.0.0 for the version ${JSON.stringify(bad)}`, () => {
      assert.match(textWith({ primary: { name: "a", version: bad } }), /^a\/0\.0\.0 /);
    });
  }

  for (const bad of ["", "1a", "-a", "a b", "a/b", "a_b", "ä", "a\n"]) {
    it(`refuses the name ${JSON.stringify(bad)}`, () => {
      assertRefused({ primary: { name: bad, version: "1" } }, "userAgent.primary.name");
      assertRefused({ primary, informational: [{ name: bad, version: "1" }] }, "informational[0].name");
    });
  }

  for (const bad of ["", "-a", ".a", "a b", "a)", "a_b", "a\n"]) {
    it(`refuses the node id ${JSON.stringify(bad)}`, () => {
      assertRefused({ primary, nodeId: bad }, "userAgent.nodeId");
    });
  }

  it("tells the version of the package", () => {
    const manifest = new URL("../../package.json", import.meta.url);

    assert.equal(version, (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version);
  });
});

describe("callerAgent", () => {
  it("adds the field to a copy of the request", async () => {
    const { request, inner, send } = setup();
    await send();

    assert.equal(inner.last.request.fields.get("user-agent"), `widget-ui/1.2.3 A/1.0.0 millrace/${version}`);
    assert.equal(request.fields.has("user-agent"), false);
  });

  it("leaves a user agent alone that the caller has set", async () => {
    const { request, inner, send } = setup([["User-Agent", "mine"]]);
    await send();

    assert.equal(inner.last.request, request);
  });
});

function setup(fields: [string, string][] = []) {
  const inner = new MockService<HttpRequest, HttpResponse>();
  const target = { form: "origin", path: "/", authority: "", scheme: "http" } as const;
  const request = { method: "GET", target, minorVersion: 1, fields: Fields.from(fields), body: emptyBody };
  const context = createContext();
  context.set(callOptions, { endpoint: endpointOf("A", "1.0.0") });
  const send = async () => {
    const answer = callerAgent({ primary })(inner).call(request, context);
    inner.last.respond({ status: 200, reason: "", fields: new Fields(), body: emptyBody });
    await answer;
  };
  return { request, inner, send };
}

function endpointOf(service: string, version: string | undefined): Endpoint {
  return { service, version, name: "get", method: "GET", path: "/" };
}

function textWith(agent: UserAgent): string {
  return createUserAgentText(agent)();
}

function assertRefused(agent: UserAgent, place: string): void {
  assert.throws(
    () => createUserAgentText(agent),
    (error) => isMillraceError(error, "invalid-options") && error.message.includes(place),
  );
}
