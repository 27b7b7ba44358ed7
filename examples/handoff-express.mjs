// Express: `app.listen` takes a listener as it takes a port.
import express from "express";
import { serve } from "millrace/handoff";
import { playTwoVersions } from "./parts/two-versions.mjs";

if (await playTwoVersions(process.argv[1])) process.exit();

const app = express();

await serve({
  addresses: [process.env.PORT ?? 8080],
  network: "tcp4",
  probationMs: 100,
  async run([listener], { ready, generation }) {
    app.get("/", (_request, response) => void response.send(`generation ${generation}`));
    app.listen(listener);
    await ready();
  },
});
