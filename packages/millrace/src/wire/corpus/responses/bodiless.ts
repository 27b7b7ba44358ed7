import { answers, answersLast, fails, type ResponseCase } from "../cases.js";

const rule = "RFC 9112 §6.3 item 1";
const head = (status: string, ...lines: string[]) =>
  `HTTP/1.1 ${status}\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`;

/** Responses without content: by method, by status, and interim ones. */
export const bodilessCases: readonly ResponseCase[] = [
  {
    name: "HEAD with a length",
    rule,
    method: "HEAD",
    input: head("200 OK", "Content-Length: 5"),
    expect: answers(200, { body: "", fields: ["Content-Length: 5"] }),
  },
  {
    name: "HEAD with a coding",
    rule,
    method: "HEAD",
    input: head("200 OK", "Transfer-Encoding: chunked"),
    expect: answers(200, { body: "" }),
  },
  {
    name: "HEAD with neither",
    rule,
    method: "HEAD",
    input: head("200 OK"),
    expect: answers(200, { body: "" }),
  },
  {
    name: "HEAD with content all the same",
    rule: "response-queue poisoning",
    method: "HEAD",
    input: `${head("200 OK", "Content-Length: 5")}hello`,
    expect: answersLast(200, { body: "" }),
  },
  { name: "204", rule, input: head("204 No Content"), expect: answers(204, { body: "" }) },
  {
    name: "204 with a length",
    rule,
    input: head("204 No Content", "Content-Length: 5"),
    expect: answers(204, { body: "" }),
  },
  {
    name: "204 with a coding",
    rule,
    input: head("204 No Content", "Transfer-Encoding: chunked"),
    expect: answers(204, { body: "" }),
  },
  {
    name: "204 with content all the same",
    rule: "response-queue poisoning",
    input: `${head("204 No Content", "Content-Length: 5")}hello`,
    expect: answersLast(204, { body: "" }),
  },
  {
    name: "304 with a length",
    rule,
    input: head("304 Not Modified", "Content-Length: 5"),
    expect: answers(304, { body: "", fields: ["Content-Length: 5"] }),
  },
  {
    name: "304 with content all the same",
    rule: "response-queue poisoning",
    input: `${head("304 Not Modified")}hello`,
    expect: answersLast(304, { body: "" }),
  },
  {
    name: "205 with a length of 0",
    rule: "RFC 9110 §15.3.6",
    input: head("205 Reset Content", "Content-Length: 0"),
    expect: answers(205, { body: "" }),
  },
  {
    name: "CONNECT and 200",
    rule: "RFC 9112 §6.3 item 2",
    method: "CONNECT",
    input: head("200 OK"),
    expect: answers(200, { body: "" }),
  },
  {
    name: "CONNECT and 407 with content",
    rule,
    method: "CONNECT",
    input: `${head("407 No", "Content-Length: 2")}no`,
    expect: answers(407, { body: "no" }),
  },
  {
    name: "100 before the response",
    rule: "RFC 9110 §15.2",
    input: head("100 Continue") + head("200 OK", "Content-Length: 0"),
    expect: answers(200),
  },
  {
    name: "103 before the response",
    rule: "RFC 8297",
    input: head("103 Early Hints", "Link: </a>") + head("200 OK", "Content-Length: 0"),
    expect: answers(200, { interims: [103] }),
  },
  {
    name: "several interim responses",
    rule: "RFC 9110 §15.2",
    input:
      head("102 Processing") +
      head("100 Continue") +
      head("103 Early Hints") +
      head("199 Odd") +
      head("204 No Content"),
    expect: answers(204, { interims: [102, 103, 199] }),
  },
  {
    name: "an interim response with a length",
    rule: "RFC 9112 §6.3",
    input: head("103 Early Hints", "Content-Length: 5") + head("204 No Content"),
    expect: answers(204, { interims: [103] }),
  },
  {
    name: "as many interim responses as may be",
    rule: "limit",
    input: head("103 Early Hints").repeat(16) + head("204 No Content"),
    expect: answers(204, { interims: Array.from({ length: 16 }, () => 103) }),
  },
  {
    name: "one interim response too many",
    rule: "limit",
    input: head("103 Early Hints").repeat(17) + head("204 No Content"),
    expect: fails("interim-limit", { interims: Array.from({ length: 16 }, () => 103) }),
  },
  {
    name: "an interim response, then the end",
    rule: "RFC 9112 §8",
    input: head("103 Early Hints"),
    ends: true,
    expect: fails("connection-lost", { interims: [103] }),
  },
  {
    name: "101 that nobody asked for",
    rule: "RFC 9110 §15.2.2",
    input: head("101 Switching Protocols", "Upgrade: x"),
    expect: fails("upgrade"),
  },
  {
    name: "101 without the protocol",
    rule: "RFC 9110 §7.8",
    upgrade: "websocket",
    input: head("101 Switching Protocols"),
    expect: fails("upgrade"),
  },
  {
    name: "101 to a protocol that was not offered",
    rule: "RFC 9110 §7.8",
    upgrade: "websocket",
    input: head("101 Switching Protocols", "Connection: upgrade", "Upgrade: h2c"),
    expect: fails("upgrade"),
  },
  {
    name: "101 whose Connection says nothing of it",
    rule: "RFC 9110 §7.8",
    upgrade: "websocket",
    input: head("101 Switching Protocols", "Upgrade: websocket"),
    expect: fails("upgrade"),
  },
  {
    name: "101",
    rule: "RFC 9110 §7.8",
    upgrade: "websocket",
    input: head("101 Switching Protocols", "Connection: upgrade", "Upgrade: websocket"),
    expect: answersLast(101),
  },
  {
    name: "101 after 103",
    rule: "RFC 9110 §7.8",
    upgrade: "websocket",
    input:
      head("103 Early Hints") + head("101 Switching Protocols", "Connection: upgrade", "Upgrade: websocket"),
    expect: answersLast(101, { interims: [103] }),
  },
  {
    name: "an upgrade that is declined",
    rule: "RFC 9110 §7.8",
    upgrade: "websocket",
    input: `${head("426 Upgrade Required", "Content-Length: 2", "Upgrade: x")}no`,
    expect: answers(426, { body: "no" }),
  },
  {
    name: "another response behind the first",
    rule: "response-queue poisoning",
    input: head("204 No Content") + head("200 OK", "Content-Length: 0"),
    expect: answersLast(204),
  },
  {
    name: "another response behind content",
    rule: "response-queue poisoning",
    input: `${head("200 OK", "Content-Length: 1")}x${head("200 OK", "Content-Length: 0")}`,
    expect: answersLast(200, { body: "x" }),
  },
  {
    name: "another response behind chunks",
    rule: "response-queue poisoning",
    input: `${head("200 OK", "Transfer-Encoding: chunked")}1\r\nx\r\n0\r\n\r\n${head("200 OK")}`,
    expect: answersLast(200, { body: "x" }),
  },
  {
    name: "line ends behind the response",
    rule: "RFC 9112 §6.3",
    input: `${head("200 OK", "Content-Length: 0")}\r\n`,
    expect: answersLast(200),
  },
  {
    name: "close and more bytes",
    rule: "RFC 9112 §9.6",
    input: `${head("200 OK", "Content-Length: 0", "Connection: close")}x`,
    expect: answersLast(200),
  },
];
