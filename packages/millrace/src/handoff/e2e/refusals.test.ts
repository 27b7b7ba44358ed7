import assert from "node:assert/strict";
import { once } from "node:events";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { get } from "./clients.test.fixture.js";
import { openPrograms } from "./programs.test.fixture.js";

describe("the control socket", () => {
  it("R9: a peer that says nothing, and one that says nonsense, keep nobody from an upgrade", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const path = join(programs.folder, "run", "program.sock");
    const silent = Array.from({ length: 8 }, () => connect(path));
    const babbling = connect(path, () => babbling.write("what?\n"));
    const endless = connect(path, () => endless.write("x".repeat(100_000)));
    for (const socket of [...silent, babbling, endless]) socket.on("error", () => undefined);
    await Promise.all([babbling, endless].map((socket) => once(socket.resume(), "close")));
    await programs.serve({ release: "b" });
    await first.exited;
    for (const socket of silent) socket.destroy();

    assert.equal((await get(first.port)).body.release, "b");
    const refusals = first.said
      .filter(({ type }) => type === "refused")
      .map(({ reason }) => reason as string);
    assert.ok(refusals.some((reason) => /a line that is not JSON/.test(reason)));
    assert.ok(refusals.some((reason) => /more than 65536 bytes/.test(reason)));
  });

  it("is this user's alone", async () => {
    await using programs = await openPrograms();
    await programs.serve();
    const folder = join(programs.folder, "run");
    const { lstatSync } = await import("node:fs");

    assert.equal(lstatSync(folder).mode & 0o777, 0o700);
    assert.equal(lstatSync(join(folder, "program.sock")).mode & 0o777, 0o600);
  });

  it("R5: is found empty whatever lies there: nothing, or a socket that nobody listens on", async () => {
    const { openPlace } = await import("../control/place.js");
    await using programs = await openPrograms();
    const folder = join(programs.folder, "run");
    const place = await openPlace(folder, "program");
    assert.equal(await place.dial(), undefined);
    const first = await programs.serve();
    (await place.dial())!.destroy();
    first.process.kill("SIGKILL");
    await first.exited;

    assert.equal(await place.dial(), undefined);
  });
});

describe("a predecessor that changes its mind", () => {
  it("R14: ends a successor that it has accepted and refused in one breath, before that has begun to run", async () => {
    await using programs = await openPrograms();
    const folder = join(programs.folder, "run");
    await mkdir(folder, { mode: 0o700, recursive: true });
    const accepted = {
      type: "accepted",
      way: "forward",
      generation: 2,
      addresses: ["127.0.0.1:0"],
      bound: ["127.0.0.1:9"],
    };
    const refused = { type: "refused", code: "terminating", reason: "it was told to stop" };
    const predecessor = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.write(`${JSON.stringify(accepted)}\n${JSON.stringify(refused)}\n`));
    });
    await new Promise<void>((resolve) => predecessor.listen(join(folder, "program.sock"), resolve));
    const program = programs.start({ release: "b", fault: "hang" });
    const { message, code } = await program.says("error");
    predecessor.close();

    assert.match(message, /it was told to stop/);
    assert.equal(code, "closed");
    assert.equal(await program.exited, 1);
    assert.equal(
      program.said.some(({ type }) => type === "run"),
      false,
    );
  });
});

describe("bad input", () => {
  it("R10: other addresses than the running process has are refused, which serves on", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const second = programs.start({ release: "b", addresses: ["127.0.0.1:0", "127.0.0.1:0"] });
    const { message, code } = await second.says("error");

    assert.match(message, /it listens on 127.0.0.1:0, not on 127.0.0.1:0, 127.0.0.1:0; start with the same/);
    assert.equal(code, "invalid-options");
    assert.equal((await get(first.port)).body.release, "a");
  });

  it("an address that a stranger has is said to be a stranger's", async () => {
    await using programs = await openPrograms();
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    const { port } = stranger.address() as { port: number };
    const program = programs.start({ addresses: [`127.0.0.1:${port}`] });
    const { message, code } = await program.says("error");
    stranger.close();

    assert.match(message, /a program that does not take part in this hand-over listens there; stop it/);
    assert.equal(code, "invalid-options");
  });

  it("R10: an address of its own that it cannot have ends a successor at once, and not the running process", async () => {
    await using programs = await openPrograms({ addressesMayDiffer: true });
    const first = await programs.serve({ release: "a" });
    const stranger = createServer();
    await new Promise<void>((resolve) => stranger.listen(0, "127.0.0.1", resolve));
    const { port } = stranger.address() as { port: number };
    const program = programs.start({ release: "b", addresses: ["127.0.0.1:0", `127.0.0.1:${port}`] });
    assert.match((await program.says("error")).message, /a program that does not take part/);
    stranger.close();

    assert.equal(await program.exited, 1);
    assert.match((await first.says("upgrade-failed")).reason, /cannot listen on/);
    assert.equal((await get(first.port)).body.release, "a");
  });

  it("a control folder that is open to others, or cannot be written to, is refused", async () => {
    await using programs = await openPrograms();
    const open = join(programs.folder, "open");
    await mkdir(open);
    await chmod(open, 0o755);
    const file = join(programs.folder, "file");
    await writeFile(file, "");

    assert.match(
      (await programs.start({ folder: open }).says("error")).message,
      /open to other users; make it private/,
    );
    assert.match(
      (await programs.start({ folder: join(file, "x") }).says("error")).message,
      /cannot be written to/,
    );
    assert.match(
      (await programs.start({ folder: file }).says("error")).message,
      /choose another with the option folder/,
    );
  });

  it("another version of the protocol is refused by name", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const socket = connect(join(programs.folder, "run", "program.sock"));
    const hello = {
      type: "hello",
      protocol: 99,
      name: "program",
      release: "z",
      pid: 1,
      host: "",
      addresses: [],
      ways: ["pass"],
      probationMs: 0,
    };
    socket.write(`${JSON.stringify(hello)}\n`);
    const [answer] = (await once(socket.setEncoding("utf8"), "data")) as [string];
    socket.destroy();

    assert.match(answer, /it speaks version 1 of the protocol, not 99; stop it first/);
    assert.equal((await get(first.port)).body.release, "a");
  });

  it("a control socket that may not be connected to says so", {
    skip: process.getuid?.() === 0,
  }, async () => {
    await using programs = await openPrograms();
    await programs.serve({ release: "a" });
    await chmod(join(programs.folder, "run", "program.sock"), 0);

    assert.match(
      (await programs.start({ release: "b" }).says("error")).message,
      /no permission to connect to it/,
    );
  });
});
