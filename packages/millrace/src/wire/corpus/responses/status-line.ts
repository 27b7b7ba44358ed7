import { answers, answersLast, fails, type ResponseCase } from "../cases.js";

const rule = "RFC 9112 §4";
const after = "\r\nContent-Length: 0\r\n\r\n";

const bad = [
  "HTTP/1.1 20 OK",
  "HTTP/1.1 2000 OK",
  "HTTP/1.1 2x0 OK",
  "HTTP/1.1 -200 OK",
  "HTTP/1.1 099 Low",
  "HTTP/1.1 000 Zero",
  "HTTP/1.1  200 OK",
  "HTTP/1.1\t200 OK",
  "HTTP/1.1 200\tOK",
  "HTTP/1.1 200OK",
  "HTTP/1.1",
  "HTTP/1.1 ",
  "HTTP/1.1 200 O\0K",
  "HTTP/1.1 200 O\x01K",
  "HTTP/1.1 200 O\x7fK",
  "HTTP/2.0 200 OK",
  "HTTP/2 200 OK",
  "HTTP/0.9 200 OK",
  "HTTP/11 200 OK",
  "http/1.1 200 OK",
  "HTTP/1.x 200 OK",
  "HTTP/1.1200 OK",
  "ICY 200 OK",
  " HTTP/1.1 200 OK",
  "200 OK",
  "<html>hello, an answer of HTTP/0.9</html>",
  "SSH-2.0-OpenSSH_9.2",
  "\0",
  "\x15\x03\x01\x00\x02\x02\x0a",
];

/** The status line. */
export const statusLineCases: readonly ResponseCase[] = [
  { name: "200 OK", rule, input: `HTTP/1.1 200 OK${after}`, expect: answers(200) },
  { name: "an empty reason", rule, input: `HTTP/1.1 200 ${after}`, expect: answers(200) },
  {
    name: "no blank before an absent reason",
    rule: "llhttp, nginx: as many servers send it",
    input: `HTTP/1.1 200${after}`,
    expect: answers(200),
  },
  {
    name: "a reason of several words",
    rule,
    input: `HTTP/1.1 404 No such thing\there${after}`,
    expect: answers(404),
  },
  { name: "a reason above ASCII", rule, input: `HTTP/1.1 200 tr\xe8s bien${after}`, expect: answers(200) },
  { name: "the status 999", rule: "RFC 9110 §15", input: `HTTP/1.1 999 ?${after}`, expect: answers(999) },
  { name: "the status 600", rule: "RFC 9110 §15", input: `HTTP/1.1 600 ?${after}`, expect: answers(600) },
  { name: "HTTP/1.0", rule: "RFC 9112 §9.3", input: `HTTP/1.0 200 OK${after}`, expect: answersLast(200) },
  { name: "HTTP/1.2", rule: "RFC 9110 §2.5", input: `HTTP/1.2 200 OK${after}`, expect: answers(200) },
  ...bad.map(
    (line): ResponseCase => ({
      name: `the status line ${JSON.stringify(line)}`,
      rule,
      input: line + after,
      expect: fails("status-line"),
    }),
  ),
  {
    name: "a line feed after the status line",
    rule: "RFC 9112 §2.2",
    input: "HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n",
    expect: fails("bare-lf"),
  },
  {
    name: "a line feed after the status",
    rule: "RFC 9112 §2.2",
    input: "HTTP/1.1 200\nContent-Length: 0\r\n\r\n",
    expect: fails("bare-lf"),
  },
  {
    name: "a carriage return after the status line",
    rule: "RFC 9112 §2.2",
    input: "HTTP/1.1 200 OK\rX: y\r\n\r\n",
    expect: fails("bare-cr"),
  },
  {
    name: "an empty line before",
    rule: "RFC 9112 §2.2",
    input: `\r\nHTTP/1.1 200 OK${after}`,
    expect: fails("status-line"),
  },
  {
    name: "half a status line, then the end",
    rule: "RFC 9112 §8",
    input: "HTTP/1.1 200 O",
    ends: true,
    expect: fails("truncated"),
  },
  {
    name: "half a head, then the end",
    rule: "RFC 9112 §8",
    input: "HTTP/1.1 200 OK\r\nX: y\r\n",
    ends: true,
    expect: fails("truncated"),
  },
  {
    name: "nothing, then the end",
    rule: "RFC 9112 §9.3.1",
    input: "",
    ends: true,
    expect: fails("connection-lost"),
  },
];
