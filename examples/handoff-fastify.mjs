// Fastify: make it ready, then let the server below it listen.
import Fastify from "fastify";
import { serve } from "millrace/handoff";
import { playTwoVersions } from "./parts/two-versions.mjs";

if (await playTwoVersions(process.argv[1])) process.exit();

const app = Fastify();

await serve({
  addresses: [process.env.PORT ?? 8080],
  network: "tcp4",
  probationMs: 100,
  async run([listener], { ready, generation, signal }) {
    app.get("/", () => `generation ${generation}`);
    await app.ready();
    app.server.listen(listener);
    signal.addEventListener("abort", () => void app.close());
    await ready();
  },
});
