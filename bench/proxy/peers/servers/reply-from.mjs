import replyFrom from "@fastify/reply-from";
import fastify from "fastify";
import { addForwarded } from "./forwarded.mjs";

const [listenPort, originPort] = process.argv.slice(2).map(Number);

const app = fastify({ logger: false, keepAliveTimeout: 75_000 });
await app.register(replyFrom, {
  base: `http://127.0.0.1:${originPort}`,
  undici: { connections: 256, pipelining: 1 },
});
app.removeAllContentTypeParsers();
app.addContentTypeParser("*", (_request, body, done) => done(null, body));

app.all("/*", (request, reply) =>
  reply.from(request.url, {
    rewriteRequestHeaders: (_request, headers) => addForwarded(request.raw, headers),
  }),
);

await app.listen({ port: listenPort, host: "127.0.0.1", backlog: 4_096 });
