import {
  chunked,
  get,
  message,
  post,
  type RequestCase,
  refuses,
  serves,
  servesLast,
  smuggled,
} from "../cases.js";

const rule = "RFC 9112 §9.3";
const old = (...lines: string[]) => message("GET / HTTP/1.0", ...lines);

/** Which connections stay, and what is served on them. */
export const connectionCases: readonly RequestCase[] = [
  { name: "two requests", rule: "RFC 9112 §9.3.2", input: get() + get(), expect: serves({}, {}) },
  {
    name: "ten requests",
    rule: "RFC 9112 §9.3.2",
    input: get().repeat(10),
    expect: serves(...Array.from({ length: 10 }, () => ({}))),
  },
  { name: "close", rule: "RFC 9112 §9.6", input: get("Connection: close"), expect: servesLast({}) },
  {
    name: "close in capitals",
    rule: "RFC 9112 §9.6",
    input: get("Connection: CLOSE"),
    expect: servesLast({}),
  },
  {
    name: "close in a list",
    rule: "RFC 9112 §9.6",
    input: get("Connection: x, Close ,y"),
    expect: servesLast({}),
  },
  {
    name: "close on a second line",
    rule: "RFC 9112 §9.6",
    input: get("Connection: x", "Connection: close"),
    expect: servesLast({}),
  },
  { name: "close and keep-alive", rule, input: get("Connection: keep-alive, close"), expect: servesLast({}) },
  {
    name: "close and another request",
    rule: "RFC 9112 §9.6",
    input: get("Connection: close") + smuggled,
    expect: servesLast({}),
  },
  {
    name: "close with content and another request",
    rule: "RFC 9112 §9.6",
    input: post(["Connection: close", "Content-Length: 1"], `x${smuggled}`),
    expect: servesLast({ method: "POST", body: "x" }),
  },
  {
    name: "close with chunks and another request",
    rule: "RFC 9112 §9.6",
    input: chunked(`1\r\nx\r\n0\r\n\r\n${smuggled}`, "Connection: close"),
    expect: servesLast({ method: "POST", body: "x" }),
  },
  {
    name: "a word that begins with close",
    rule: "RFC 9110 §7.6.1",
    input: get("Connection: closed"),
    expect: serves({}),
  },
  {
    name: "close within quotes",
    rule: "RFC 9110 §7.6.1",
    input: get('Connection: "close"'),
    expect: serves({}),
  },
  {
    name: "close after a tab",
    rule: "RFC 9110 §5.6.1",
    input: get("Connection: x,\tclose"),
    expect: servesLast({}),
  },
  { name: "an empty Connection", rule: "RFC 9110 §7.6.1", input: get("Connection:"), expect: serves({}) },
  { name: "keep-alive in HTTP/1.1", rule, input: get("Connection: keep-alive"), expect: serves({}) },
  { name: "HTTP/1.0", rule, input: old() + smuggled, expect: servesLast({}) },
  {
    name: "HTTP/1.0 with keep-alive",
    rule,
    input: old("Connection: keep-alive") + old("Connection: Keep-Alive"),
    expect: serves({}, {}),
  },
  {
    name: "HTTP/1.0 with close and keep-alive",
    rule,
    input: old("Connection: keep-alive, close") + smuggled,
    expect: servesLast({}),
  },
  {
    name: "HTTP/1.0 with a Keep-Alive field only",
    rule,
    input: old("Keep-Alive: timeout=5") + smuggled,
    expect: servesLast({}),
  },
  {
    name: "HTTP/1.0 with a Proxy-Connection field only",
    rule: "RFC 9112 §C.2.2",
    input: old("Proxy-Connection: keep-alive") + smuggled,
    expect: servesLast({}),
  },
  { name: "HTTP/1.0 after HTTP/1.1", rule, input: get() + old() + smuggled, expect: servesLast({}, {}) },
  {
    name: "content in HTTP/1.0",
    rule: "RFC 9112 §6.3",
    input: `${message("POST / HTTP/1.0", "Content-Length: 3")}abc`,
    expect: servesLast({ method: "POST", body: "abc" }),
  },
  {
    name: "a field nominated by Connection stays readable",
    rule: "CVE-2025-48865",
    input: get("Connection: X-Forwarded-For, Host", "X-Forwarded-For: 1.2.3.4"),
    expect: serves({ authority: "a", fields: ["X-Forwarded-For: 1.2.3.4"] }),
  },
  {
    name: "a good request and a bad one",
    rule: "RFC 9112 §9.3.2",
    input: `${get()}GET\r\n\r\n`,
    expect: refuses(400, "target", {}),
  },
  {
    name: "a bad request and a good one",
    rule: "RFC 9112 §2.2",
    input: `G@T / HTTP/1.1\r\n\r\n${smuggled}`,
    expect: refuses(400, "method"),
  },
];
