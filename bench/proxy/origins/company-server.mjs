import { createServer } from "node:http";

const [mood, ...ports] = process.argv.slice(2);
let bad = mood === "bad";
process.on("SIGUSR2", () => (bad = true));

/** @typedef {import("node:http").ServerResponse} Response */

const answer = (/** @type {Response} */ response) => void setTimeout(() => response.end("fine\n"), 2);
const refuse = (/** @type {Response} */ response) => void response.writeHead(503).end("not now\n");
const staySilent = () => {};

for (const [i, whenBad] of [answer, staySilent, refuse].entries()) {
  createServer({ keepAliveTimeout: 300_000 }, (request, response) => {
    request.resume();
    (bad ? whenBad : answer)(response);
  }).listen(Number(ports[i]), "127.0.0.1", 4_096);
}
