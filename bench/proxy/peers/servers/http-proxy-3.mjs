import { Agent, createServer } from "node:http";
import httpProxy from "http-proxy-3";
import { addForwarded } from "./forwarded.mjs";

const [listenPort, originPort] = process.argv.slice(2).map(Number);

const proxy = httpProxy.createProxyServer({
  target: `http://127.0.0.1:${originPort}`,
  agent: new Agent({ keepAlive: true, maxSockets: Infinity, maxFreeSockets: 256 }),
});
proxy.on("error", (_error, _request, response) => {
  if ("writeHead" in response && !response.headersSent) response.writeHead(502).end();
  else response.destroy();
});

const server = createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
  addForwarded(request, request.headers);
  proxy.web(request, response);
});

server.listen(listenPort, "127.0.0.1", 4_096);
