// A server that the next start of it takes over from: run it twice, and the second answers. Here it starts itself.
import { createServer } from "node:http";
import { serve } from "millrace/handoff";
import { playTwoVersions } from "./parts/two-versions.mjs";

if (await playTwoVersions(process.argv[1])) process.exit();

await serve({
  addresses: [process.env.PORT ?? 8080],
  network: "tcp4",
  probationMs: 100,
  async run([listener], { ready, generation }) {
    createServer((_request, response) => response.end(`generation ${generation}`)).listen(listener);
    await ready();
  },
});
