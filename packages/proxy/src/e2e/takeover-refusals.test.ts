import assert from "node:assert/strict";
import { once } from "node:events";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openHandoff } from "millrace/handoff";
import type { DaemonDocument } from "../config/daemon.js";
import { type Generations, openGenerations } from "./generations.js";
import { startOrigin } from "./origin.js";
import { RawClient } from "./raw-client.js";

describe("a start that is refused says why and what to do, and the proxy that runs serves on", () => {
  it("R10: when a stranger listens where its clients or the admin API are to connect", async () => {
    await using origin = await startOrigin(() => undefined);
    await using generations = await openGenerations();
    const taken = `127.0.0.1:${origin.port}`;
    for (const document of [{ listen: taken }, { admin: taken }, { listen: taken, handoff: false }] as const)
      await refuses(
        generations,
        document,
        2,
        /cannot listen on \S+: a program that does not take part .* stop it, /,
      );
  });

  it("when the folder of the control socket is open to others, or is no folder", async () => {
    await using generations = await openGenerations();
    const [open, file] = [join(generations.folder, "open"), join(generations.folder, "file")];
    await mkdir(open);
    await chmod(open, 0o755);
    await writeFile(file, "");
    await refuses(
      generations,
      { handoff: { folder: open } },
      2,
      /is open to other users; .* chmod 700; choose another/,
    );
    await refuses(generations, { handoff: { folder: file } }, 2, /cannot be written to .*; choose another/);
  });

  it("when it may not write to the folder of the control socket, or may not have the port", {
    skip: process.getuid?.() === 0 && "this user may do everything",
  }, async () => {
    await using generations = await openGenerations();
    const folder = join(generations.folder, "locked");
    await mkdir(folder, { mode: 0o500 });
    await refuses(generations, { handoff: { folder } }, 2, /cannot be written to .*; choose another/);
    await refuses(generations, { listen: "127.0.0.1:1" }, 2, /not allowed; ports below 1024 need privileges/);
  });

  it("when the one that runs speaks another version of the protocol, or says nothing that is understood", async () => {
    await using generations = await openGenerations();
    const folder = join(generations.folder, "run");
    await mkdir(folder, { mode: 0o700 });
    const reason = "it speaks version 2 of the protocol, not 1; stop it first";
    const answers = [
      JSON.stringify({ type: "refused", code: "protocol", reason }),
      "HTTP/1.1 400 Bad Request",
    ];
    for (const answer of answers) {
      const other = createServer((socket) => {
        socket.on("error", () => undefined);
        socket.once("data", () => socket.write(`${answer}\n`));
      });
      await listen(other, join(folder, "proxy.sock"));
      const message = answer.startsWith("{") ? /speaks version 2 .* stop it first/ : /control socket/;
      await refuses(generations, {}, 1, message);
      assert.equal(other.listening, true);
      await once(other.close(), "close");
    }
  });

  it("when the one that runs tells of itself in a form that is not known", async () => {
    await using generations = await openGenerations();
    await using other = await openHandoff({
      name: "proxy",
      folder: join(generations.folder, "run"),
      addresses: ["127.0.0.1:0"],
      state: () => ({ format: 99 }),
    });
    const server = other.listeners[0]!.on("connection", (socket) => socket.end("still here"));
    await other.ready();
    await refuses(
      generations,
      {},
      1,
      /tells of itself in form 99, and this version reads form 1; stop it first/,
    );
    const [address] = other.addresses;
    assert.ok(address?.kind === "tcp");
    using client = await RawClient.connect(address.port);

    assert.equal(await client.ended(), "still here");
    assert.equal(other.phase.value, "serving");
    assert.equal(server.listening, true);
  });
});

/** Starts a proxy that must end with `status`, and with `message` among its last words. */
async function refuses(
  generations: Generations,
  document: DaemonDocument,
  status: number,
  message: RegExp,
): Promise<void> {
  const launched = await generations.start(document);
  await assert.rejects(launched.serving, message);
  assert.equal(await launched.exited, status);
}

async function listen(server: Server, path: string): Promise<void> {
  server.listen(path);
  await once(server, "listening");
}
