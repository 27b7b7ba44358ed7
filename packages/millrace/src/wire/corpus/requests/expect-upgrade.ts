import { get, message, post, type RequestCase, refuses, serves, servesLast } from "../cases.js";

const rule = "RFC 9110 §10.1.1";
const upgrade = "RFC 9110 §7.8";

/** Expectations and upgrades, for a service that neither waits nor switches. */
export const expectAndUpgradeCases: readonly RequestCase[] = [
  {
    name: "100-continue with content",
    rule,
    input: post(["Expect: 100-continue", "Content-Length: 2"], "ok"),
    expect: serves({ method: "POST", body: "ok" }),
  },
  {
    name: "100-continue in capitals",
    rule,
    input: post(["Expect: 100-CONTINUE", "Content-Length: 2"], "ok"),
    expect: serves({ method: "POST", body: "ok" }),
  },
  {
    name: "100-continue with chunks",
    rule,
    input: post(["Expect: 100-continue", "Transfer-Encoding: chunked"], "2\r\nok\r\n0\r\n\r\n"),
    expect: serves({ method: "POST", body: "ok" }),
  },
  { name: "100-continue without content", rule, input: get("Expect: 100-continue"), expect: serves({}) },
  {
    name: "100-continue in HTTP/1.0",
    rule,
    input: `${message("POST / HTTP/1.0", "Expect: 100-continue", "Content-Length: 2")}ok`,
    expect: servesLast({ method: "POST", body: "ok" }),
  },
  {
    name: "an unknown expectation",
    rule,
    input: get("Expect: the-unexpected"),
    expect: refuses(417, "expectation"),
  },
  { name: "an empty expectation", rule, input: get("Expect:"), expect: refuses(417, "expectation") },
  {
    name: "a list of expectations",
    rule,
    input: get("Expect: 100-continue, x"),
    expect: refuses(417, "expectation"),
  },
  {
    name: "100-continue with a parameter",
    rule,
    input: get("Expect: 100-continue;x"),
    expect: refuses(417, "expectation"),
  },
  {
    name: "an obfuscated 100-continue",
    rule: "0.CL by Expect",
    input: post(["Expect: y 100-continue", "Content-Length: 2"], "ok"),
    expect: refuses(417, "expectation"),
  },
  {
    name: "two expectations, the second unknown",
    rule: "0.CL by Expect",
    input: post(["Expect: 100-continue", "Expect: x", "Content-Length: 2"], "ok"),
    expect: refuses(417, "expectation"),
  },
  {
    name: "an upgrade that is declined",
    rule: upgrade,
    input: get("Connection: upgrade", "Upgrade: websocket") + get(),
    expect: serves({}, {}),
  },
  {
    name: "an upgrade with content",
    rule: "CVE-2026-2833",
    input: post(["Connection: upgrade", "Upgrade: websocket", "Content-Length: 2"], `ok${get()}`),
    expect: serves({ method: "POST", body: "ok" }, {}),
  },
  {
    name: "an upgrade not nominated by Connection",
    rule: upgrade,
    input: get("Upgrade: websocket"),
    expect: serves({}),
  },
  {
    name: "an upgrade in HTTP/1.0",
    rule: upgrade,
    input: message("GET / HTTP/1.0", "Connection: upgrade", "Upgrade: websocket"),
    expect: servesLast({}),
  },
  {
    name: "an upgrade to h2c that is declined",
    rule: "h2c smuggling",
    input: get(
      "Connection: Upgrade, HTTP2-Settings",
      "Upgrade: h2c",
      "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
    ),
    expect: serves({}),
  },
  {
    name: "the preface of HTTP/2 after an upgrade to h2c",
    rule: "h2c smuggling",
    input: `${get("Connection: Upgrade", "Upgrade: h2c")}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
    expect: refuses(505, "version", {}),
  },
];
