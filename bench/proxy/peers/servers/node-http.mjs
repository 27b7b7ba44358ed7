import { Agent, createServer, request as send } from "node:http";
import { pipeline } from "node:stream";
import { addForwarded, endToEnd } from "./forwarded.mjs";

const [listenPort, originPort] = process.argv.slice(2).map(Number);
const agent = new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 256 });

const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  const outgoing = send({
    host: "127.0.0.1",
    port: originPort,
    method: request.method,
    path: request.url,
    headers: addForwarded(request, endToEnd(request.headers)),
    agent,
  });
  outgoing.on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
    pipeline(answer, response, () => {});
  });
  outgoing.on("error", () => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502).end();
  });
  request.pipe(outgoing);
});

server.listen(listenPort, "127.0.0.1", 4_096);
