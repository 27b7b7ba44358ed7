import assert from "node:assert/strict";
import { once } from "node:events";
import { chmod, chown, mkdir, symlink, writeFile } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { describe, it } from "node:test";
import { get } from "./clients.test.fixture.js";
import { hello } from "./hello.test.fixture.js";
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

  it("R9: takes nothing from a peer that breaks the rules, whatever it says, and the process serves on", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const path = join(programs.folder, "run", "program.sock");
    const told: [string, RegExp][] = [
      ["\0\x01\xff\n", /a line that is not JSON/],
      ["[]\n", /unknown type undefined/],
      ["null\n", /unknown type undefined/],
      ['{"type":"__proto__"}\n', /unknown type "__proto__"/],
      ['{"type":"accepted"}\n', /accepted without its generation/],
      ['{"type":"ready"}\n', /began with ready/],
      [`${JSON.stringify({ ...hello, pid: 0 })}\n`, /whose pid is no process id/],
      [`${JSON.stringify({ ...hello, pid: -1 })}\n`, /whose pid is no process id/],
      [`${JSON.stringify({ ...hello, addresses: "all" })}\n`, /addresses/],
      [`${JSON.stringify({ ...hello, standsBy: { port: 1 } })}\n`, /hello whose standsBy is no path/],
      [`${JSON.stringify({ ...hello, probationMs: -1 })}\n`, /probationMs is less than 0/],
    ];
    for (const [text] of told) {
      const socket = connect(path, () => socket.write(text));
      socket.on("error", () => undefined);
      await once(socket.resume(), "close");
    }
    const last = "a peer at the control socket sent hello whose probationMs is less than 0";
    await first.says("refused", { reason: last });
    const reasons = first.said.filter(({ type }) => type === "refused").map(({ reason }) => reason as string);
    for (const [, reason] of told)
      assert.ok(
        reasons.some((one) => reason.test(one)),
        `${reason}: ${reasons.join()}`,
      );

    assert.equal((await get(first.port)).body.release, "a");
  });

  it("R9: lets a new process in though hundreds of peers hold connections and say nothing", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const path = join(programs.folder, "run", "program.sock");
    const silent = Array.from({ length: 300 }, () => connect(path).on("error", () => undefined));
    await Promise.all(silent.slice(0, 100).map(untilConnected));
    await programs.serve({ release: "b" });
    for (const socket of silent) socket.destroy();

    assert.equal((await get(first.port)).body.release, "b");
  });

  it("R9: drops a new process that says something else than it should, and the old one serves on", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const socket = connect(join(programs.folder, "run", "program.sock"));
    socket.write(`${JSON.stringify({ ...hello, ways: ["forward"] })}\n`);
    await first.says("upgrade-started");
    socket.write('{"type":"ready","forwardTo":[]}\n');
    assert.match((await first.says("upgrade-failed")).reason, /it takes in 0 addresses, not 1/);
    const other = connect(join(programs.folder, "run", "program.sock"));
    other.write(`${JSON.stringify({ ...hello, release: "y", ways: ["forward"] })}\n`);
    await first.says("upgrade-started", { release: "y" });
    other.write("what?\n");
    assert.match((await first.says("upgrade-failed", { release: "y" })).reason, /not JSON/);

    assert.equal((await get(first.port)).body.release, "a");
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

describe("a predecessor that cannot be understood", () => {
  for (const [what, answer, expected] of [
    [
      "speaks another protocol",
      '{"type":"refused","code":"protocol","reason":"it speaks version 7"}',
      "protocol",
    ],
    ["says nonsense", "what?", "protocol"],
    [
      "agrees to what it was not asked for",
      '{"type":"accepted","generation":2,"way":"forward","addresses":["x"],"bound":["x"]}',
      "invalid-options",
    ],
  ] as const) {
    it(`and ${what} ends the new process with the reason`, async () => {
      await using programs = await openPrograms();
      const folder = join(programs.folder, "run");
      await mkdir(folder, { mode: 0o700, recursive: true });
      const predecessor = createServer((socket) => {
        socket.on("error", () => undefined);
        socket.once("data", () => socket.write(`${answer}\n`));
      });
      await new Promise<void>((resolve) => predecessor.listen(join(folder, "program.sock"), resolve));
      const program = programs.start({ release: "b" });
      const { code } = await program.says("error");
      predecessor.close();

      assert.equal(code, expected);
      assert.equal(await program.exited, 1);
    });
  }
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

  it("a control folder that is a link, or another user's, or that all can write to, is refused", async () => {
    await using programs = await openPrograms();
    const own = join(programs.folder, "own");
    await mkdir(own, { mode: 0o700 });
    const linked = join(programs.folder, "linked");
    await symlink(own, linked);
    const open = join(programs.folder, "open");
    await mkdir(open);
    await chmod(open, 0o1777);
    const why = async (folder: string) => (await programs.start({ folder }).says("error")).message as string;
    assert.match(await why(linked), /is a link, which others may lead elsewhere/);
    assert.match(await why(open), /open to other users/);
    if (process.getuid?.() !== 0) return;
    await chown(own, 65_534, 65_534);

    assert.match(await why(own), /belongs to user 65534, not to 0/);
  });

  it("another version of the protocol is refused by name", async () => {
    await using programs = await openPrograms();
    const first = await programs.serve({ release: "a" });
    const socket = connect(join(programs.folder, "run", "program.sock"));
    socket.write(`${JSON.stringify({ ...hello, protocol: 99 })}\n`);
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

async function untilConnected(socket: Socket): Promise<void> {
  if (socket.connecting) await once(socket, "connect");
}
