import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { stubBody } from "millrace/testing";
import { BytesBody, Fields, type InterimResponse } from "millrace/wire";
import { forwarded, type Line, linesOf, valuesOf } from "./messages.test.fixture.js";

const host: Line = ["Host", "example.test"];

describe("createForwardRequest", () => {
  for (const name of [
    "Connection",
    "Keep-Alive",
    "Proxy-Connection",
    "Proxy-Authenticate",
    "Proxy-Authorization",
    "Transfer-Encoding",
    "Upgrade",
    "HTTP2-Settings",
    "TE",
  ]) {
    it(`ends ${name} here, whatever its case`, () => {
      const fields: Line[] = [host, [name, "x"], [name.toUpperCase(), "y"], ["Accept", "*/*"]];

      assert.deepEqual(linesOf(forwarded({ fields }).fields), [host, ["Accept", "*/*"]]);
    });
  }

  it("removes what Connection names, in all its lines", () => {
    const fields: Line[] = [
      host,
      ["Foo", "1"],
      ["X-Keep", "2"],
      ["bar", "3"],
      ["Baz", "4"],
      ["Connection", "close, foo ,, BAR"],
      ["Connection", "baz"],
    ];

    assert.deepEqual(linesOf(forwarded({ fields }).fields), [host, ["X-Keep", "2"]]);
  });

  for (const [name, value] of [
    ["Host", "example.test"],
    ["Content-Length", "3"],
    ["Content-Type", "text/plain"],
    ["Authorization", "Basic eDp5"],
    ["Cookie", "a=b"],
    ["Expect", "100-continue"],
    ["Date", "Thu, 01 Jan 2026 00:00:00 GMT"],
    ["X-Request-Id", "abc"],
  ] as const) {
    it(`lets nobody take ${name} away by naming it in Connection`, () => {
      const fields: Line[] = [
        [name, value],
        ["Connection", `close, ${name.toLowerCase()}`],
      ];

      assert.deepEqual(valuesOf(forwarded({ fields, body: stubBody() }), name), [value]);
    });
  }

  for (const name of ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "Via"]) {
    it(`writes ${name} although the client names it in Connection`, () => {
      const settings = { forwardedHeaders: "both", via: "millrace" } as const;
      const { fields } = forwarded({ fields: [host, ["Connection", name]] }, settings);

      assert.equal(fields.getAll(name).length, 1);
    });
  }

  it("takes no word of a trusted proxy away that its Connection names", () => {
    const fields: Line[] = [
      ["X-Forwarded-For", "198.51.100.1"],
      ["Connection", "X-Forwarded-For"],
    ];
    const settings = { forwardedHeaders: "x-forwarded", trustedProxies: ["192.0.2.0/24"] } as const;

    assert.deepEqual(valuesOf(forwarded({ fields }, settings), "x-forwarded-for"), [
      "198.51.100.1, 192.0.2.7",
    ]);
  });

  it("passes TE on for trailers alone, and once", () => {
    const te = (...values: string[]) =>
      valuesOf(forwarded({ fields: values.map((value): Line => ["TE", value]) }), "te");

    assert.deepEqual(te("trailers"), ["trailers"]);
    assert.deepEqual(te("gzip;q=0.5, Trailers"), ["trailers"]);
    assert.deepEqual(te("trailers", "trailers, deflate"), ["trailers"]);
    assert.deepEqual(te("gzip"), []);
  });

  it("keeps Expect and Trailer only with content that is still to come", () => {
    const fields: Line[] = [
      ["Expect", "100-continue"],
      ["Trailer", "Checksum"],
    ];

    assert.deepEqual(linesOf(forwarded({ fields, body: stubBody() }).fields), fields);
    assert.deepEqual(linesOf(forwarded({ fields, body: BytesBody.ofLatin1("abc") }).fields), []);
    assert.deepEqual(linesOf(forwarded({ fields }).fields), []);
  });

  it("asks for those upgrades only that are allowed", () => {
    const upgrade = (asked: string | undefined, upgrades: string[]) =>
      forwarded({ upgrade: asked }, { upgrades }).upgrade;

    assert.equal(upgrade("websocket", ["websocket"]), "websocket");
    assert.equal(upgrade("h2c, WebSocket", ["websocket"]), "WebSocket");
    assert.equal(upgrade("h2c", ["websocket"]), undefined);
    assert.equal(upgrade("websocket", []), undefined);
    assert.equal(upgrade(undefined, ["websocket"]), undefined);
  });

  for (const name of [
    "X_Forwarded_For",
    "x_forwarded-proto",
    "X-Forwarded_Host",
    "X_FORWARDED_PORT",
    "X_Request_Id",
    "Content_Length",
    "transfer_encoding",
  ]) {
    it(`drops ${name}, which some servers take for the name with dashes`, () => {
      assert.deepEqual(
        linesOf(
          forwarded({
            fields: [
              [name, "1"],
              ["a_b", "2"],
            ],
          }).fields,
        ),
        [["a_b", "2"]],
      );
    });
  }

  it("names a request that has no name, and keeps the name of one that has", () => {
    const named = (fields: Line[]) => valuesOf(forwarded({ fields }, { requestId: true }), "x-request-id");

    assert.deepEqual(named([]), ["id-1"]);
    assert.deepEqual(named([["X-Request-ID", "b1946ac9-2492"]]), ["b1946ac9-2492"]);
    assert.deepEqual(named([["x-request-id", "with blank"]]), ["id-1"]);
    assert.deepEqual(named([["x-request-id", "a".repeat(129)]]), ["id-1"]);
    assert.deepEqual(named([["x-request-id", ""]]), ["id-1"]);
    assert.deepEqual(
      named([
        ["x-request-id", "first"],
        ["x-request-id", "second"],
      ]),
      ["first"],
    );
  });

  it("leaves request names alone when it is told to", () => {
    const fields: Line[] = [["X-Request-Id", "with blank"]];

    assert.deepEqual(linesOf(forwarded({ fields }).fields), fields);
    assert.deepEqual(linesOf(forwarded({}).fields), []);
  });

  it("keeps method, target, version and content as they are", () => {
    const body = stubBody({ length: 3 });
    const target = { form: "absolute", path: "/a/../b?c=%2F", authority: "other.test:81" } as const;
    const request = forwarded({ method: "PROPFIND", minorVersion: 0, target, body });

    assert.equal(request.method, "PROPFIND");
    assert.deepEqual(request.target, { ...target, scheme: "http" });
    assert.equal(request.minorVersion, 0);
    assert.equal(request.body, body);
  });

  it("passes interim responses on without their hop-by-hop fields", () => {
    const heard: InterimResponse[] = [];
    const request = forwarded({ onInterim: (response) => heard.push(response) });
    const link: Line = ["Link", "</a.css>; rel=preload"];
    request.onInterim!({ status: 103, fields: Fields.from([link, ["Connection", "Foo"], ["Foo", "1"]]) });

    assert.deepEqual(
      heard.map(({ status, fields }) => [status, linesOf(fields)]),
      [[103, [link]]],
    );
  });

  for (const [value, next] of [
    ["10", "9"],
    ["1", "0"],
    ["007", "6"],
    ["no number", "no number"],
    ["-1", "-1"],
    ["9".repeat(30), "9007199254740991"],
  ] as const) {
    it(`counts Max-Forwards ${value} of OPTIONS down to ${next}`, () => {
      const request = forwarded({ method: "OPTIONS", fields: [["Max-Forwards", value]] });

      assert.deepEqual(valuesOf(request, "max-forwards"), [next]);
    });
  }

  it("leaves Max-Forwards of other methods alone, and makes none up", () => {
    assert.deepEqual(valuesOf(forwarded({ fields: [["Max-Forwards", "3"]] }), "max-forwards"), ["3"]);
    assert.deepEqual(valuesOf(forwarded({ method: "OPTIONS" }), "max-forwards"), []);
  });
});

describe("createForwardRequest, for any fields", () => {
  const ending = ["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade"];
  const ordinary = ["accept", "x-a", "x-b", "cookie", "authorization", "user-agent", "x_c", "range"];
  const name = fc.constantFrom(...ending, ...ordinary).chain(anyCase);
  const option = fc.constantFrom("close", "keep-alive", "x-a", "x-b", "x_c", "cookie", "host", "");
  const value = fc.oneof(
    fc.array(option, { maxLength: 4 }).map((options) => options.join(", ").trim()),
    fc.constantFrom("chunked", "timeout=5", "gzip", "h2c", "caf\xe9"),
  );
  const lines = fc.array(fc.tuple(name, value), { maxLength: 20 });

  it("lets no hop-by-hop field and nothing nominated through, and all else in order", () => {
    fc.assert(
      fc.property(lines, (fields) => {
        const nominated = new Set(
          fields
            .filter(([field]) => field.toLowerCase() === "connection")
            .flatMap(([, list]) => list.split(",").map((item) => item.trim())),
        );
        const goesOn = ([field]: Line) => {
          const lower = field.toLowerCase();
          if (ending.includes(lower)) return false;
          return lower === "cookie" || lower === "authorization" || !nominated.has(lower);
        };

        assert.deepEqual(linesOf(forwarded({ fields }).fields), fields.filter(goesOn));
      }),
    );
  });

  it("changes nothing more when it is done twice", () => {
    fc.assert(
      fc.property(lines, (fields) => {
        const once = linesOf(forwarded({ fields }).fields);

        assert.deepEqual(linesOf(forwarded({ fields: once }).fields), once);
      }),
    );
  });
});

function anyCase(name: string): fc.Arbitrary<string> {
  return fc.constantFrom(name, name.toUpperCase(), name[0]!.toUpperCase() + name.slice(1));
}
