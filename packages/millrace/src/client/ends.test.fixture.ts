// Calls a service of the file it is given, and closes nothing: for ends.test.ts, as a process of its own.
import { openServicesFile } from "./config/services-file.js";
import { openClientFactory } from "./factory.js";
import type { NodeChannelOptions } from "./transport/node-channels.js";

const [, , path = "", nodeChannels = "{}"] = process.argv;
const factory = openClientFactory(await openServicesFile(path), {
  userAgent: { primary: { name: "test", version: "1.2.3" } },
  nodeChannels: JSON.parse(nodeChannels) as NodeChannelOptions,
});
const client = await factory.openClient("a");
for (let nth = 0; nth < 2; nth += 1) await client.get("/");
// One that nothing waits for is answered all the same.
void client.get("/slow").then((answer) => process.stdout.write(String(answer)));
