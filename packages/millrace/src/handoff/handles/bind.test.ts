import assert from "node:assert/strict";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { bindHandle, socketName } from "./bind.js";

describe("bindHandle", () => {
  it("says which address is taken, and what to do", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;

    await assert.rejects(bindHandle({ kind: "tcp", host: "127.0.0.1", port }), {
      code: "invalid-options",
      message: new RegExp(`cannot listen on 127\\.0\\.0\\.1:${port}: a program .* listens there; stop it`),
    });
    other.close();
  });

  it("says when no interface has the address, or the name has none", async () => {
    const binding = (host: string) => bindHandle({ kind: "tcp", host, port: 0 });

    await assert.rejects(binding("192.0.2.1"), /no interface of this machine/);
    await assert.rejects(binding("no.such.host.invalid"), /has no address/);
  });

  it("says of a path how long it may be, and binds nothing under a shorter one", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mr-bind-"));
    const path = join(folder, "s".repeat(108 - folder.length));
    await assert.rejects(
      bindHandle({ kind: "unix", path }),
      /its path has 109 bytes, and the system takes 10[37]/,
    );
    assert.deepEqual(await readdir(folder), []);
    await rm(folder, { recursive: true });
  });

  it("binds several paths of one folder at the same time, each under its own name", async () => {
    const folder = await mkdtemp(join(tmpdir(), "mr-bind-"));
    const paths = Array.from({ length: 8 }, (_, index) => join(folder, `${index}`));
    const handles = await Promise.all(paths.map((path) => bindHandle({ kind: "unix", path })));

    assert.deepEqual((await readdir(folder)).sort(), ["0", "1", "2", "3", "4", "5", "6", "7"]);
    for (const handle of handles) handle.close();
    await rm(folder, { recursive: true });
  });

  it("says of a path whose folder is not there that it is not", async () => {
    await assert.rejects(
      bindHandle({ kind: "unix", path: "/no/such/folder/s.sock" }),
      /cannot listen on unix:.*: the folder of the socket, \/no\/such\/folder, does not exist/,
    );
  });

  it("leaves IPv4 to others where IPv6 alone is meant, and finds the address of a name that is meant", async () => {
    const six = await bindHandle({ kind: "tcp", host: "::", port: 0 }, { family: 6 });
    const { port = 0 } = socketName(six);
    const four = await bindHandle({ kind: "tcp", host: "0.0.0.0", port }, { family: 4 });
    const local = await bindHandle({ kind: "tcp", host: "localhost", port: 0 }, { family: 4 });

    assert.equal(socketName(six).family, "IPv6");
    assert.equal(socketName(local).address, "127.0.0.1");
    for (const handle of [six, four, local]) handle.close();
  });
});
