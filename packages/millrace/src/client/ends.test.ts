import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { ServerOptions } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { authority, keyTwo, serverOne } from "../channel/tls/certificates.test.fixture.js";
import { openServer } from "./server.test.fixture.js";
import type { NodeChannelOptions } from "./transport/node-channels.js";

const plain = undefined;
const overTls: ServerOptions = { key: keyTwo, cert: serverOne };

describe("a program that closes nothing", () => {
  const kinds: readonly (readonly [string, ServerOptions | undefined, NodeChannelOptions])[] = [
    ["by default", plain, {}],
    ["over TLS", overTls, {}],
    ["with nodes that are connected at once", plain, { connect: "at-once" }],
    ["with nodes that are checked", plain, { health: "/health" }],
  ];
  for (const [what, tls, options] of kinds) {
    it(`ends when its last call is over, ${what}`, async () => {
      await using server = await openServer(({ url }, response) => {
        setTimeout(() => response.end(JSON.stringify(url)), url === "/slow" ? 200 : 0);
      }, tls);
      await using file = await servicesFile(server.url);

      assert.deepEqual(await run(file.path, JSON.stringify(options)), { said: "/slow", status: 0 });
    });
  }

  it("ends when its last call is over, with a file that is read in a thread", async () => {
    await using server = await openServer(({ url }, response) => response.end(JSON.stringify(url)));
    await using file = await servicesFile(server.url, "# more than is read at once\n".repeat(1_000));

    assert.deepEqual(await run(file.path, "{}"), { said: "/slow", status: 0 });
  });
});

async function servicesFile(url: string, more = "") {
  const folder = await mkdtemp(join(tmpdir(), "millrace-ends-"));
  const path = join(folder, "services.yaml");
  await writeFile(join(folder, "ca.pem"), authority);
  await writeFile(path, `security: { ca-file: ca.pem }\nservices: { a: { uris: ["${url}"] } }\n${more}`);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

/** What the program says, and its exit status: `null` if it had to be ended. */
async function run(...args: readonly string[]) {
  const program = fileURLToPath(new URL("./ends.test.fixture.js", import.meta.url));
  const child = spawn(process.execPath, [program, ...args], {
    stdio: ["ignore", "pipe", "inherit"],
    timeout: 60_000,
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [status] = (await once(child, "close")) as [number | null];
  return { said, status };
}
