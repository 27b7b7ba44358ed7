// The server that bench:client calls: a small JSON answer, in a process of its own.
import { createServer } from "node:http";

const answer = JSON.stringify({ id: 7, name: "widget", tags: ["a", "b"] });
const server = createServer((request, response) => {
  request.resume();
  response.setHeader("Content-Type", "application/json");
  response.setHeader("Content-Length", answer.length);
  response.end(answer);
});
server.keepAliveTimeout = 60_000;
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (address && typeof address === "object") process.send?.(address.port);
});
process.on("disconnect", () => process.exit());
