/**
 * The server that is asked: answers a few bytes. Its one argument is JSON: `{ "plain": true, "port": 8080 }` listens itself,
 * anything else is given to `serve`. Says `ready`, and what each hand-over took.
 */
import { createServer } from "node:http";
import { handoffEvents, serve } from "millrace/handoff";

const { plain, port, ...options } = JSON.parse(process.argv[2]);
const server = createServer((_request, response) => response.end("hello, world"));

if (plain) server.listen(port, "127.0.0.1", () => console.log("ready"));
else {
  handoffEvents.subscribe((event) => {
    if (event.type === "upgrade-switched") console.log(`switched ${event.tookMs}`);
  });
  await serve({
    ...options,
    name: "bench",
    addresses: [`127.0.0.1:${port}`],
    async run([listener], { ready }) {
      server.listen(listener);
      await ready();
      console.log("ready");
    },
  });
}
