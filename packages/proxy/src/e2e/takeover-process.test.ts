import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { describe, it } from "node:test";
import { openGenerations } from "./generations.js";
import { startOrigin } from "./origin.js";
import { bin, configText, isAlive, until } from "./start-proxy.js";

const cannotHear = ["systemd-notify", "python3"].some(
  (program) => spawnSync(program, ["--version"]).status !== 0,
);

describe("the proxy under a service manager", () => {
  it("says that it is ready, who the main process is once that is proven, and that it stops", {
    skip: cannotHear,
  }, async () => {
    await using generations = await openGenerations({ handoff: { probation: "200ms" } });
    const path = join(generations.folder, "notify.sock");
    await using manager = await openDatagrams(path);
    const env = { NOTIFY_SOCKET: path };
    const first = await generations.serve({}, env);
    const failing = await generations.start({ limits: { head: "a lot" } }, env);
    assert.equal(await failing.exited, 2);
    const second = await generations.serve({}, env);
    assert.equal(await first.exited, 0);
    second.process.kill("SIGTERM");
    assert.equal(await second.exited, 0);

    const told = manager.told();
    assert.deepEqual(told.slice(0, 2).sort(), [`MAINPID=${first.process.pid}`, "READY=1"]);
    // The one that failed has said no hello.
    assert.equal(told[2], "RELOADING=1");
    assert.deepEqual(told.slice(3, 5).sort(), [`MAINPID=${second.process.pid}`, "READY=1"]);
    assert.deepEqual(told.slice(5).sort(), [`MAINPID=${second.process.pid}`, "STOPPING=1"]);
  });

  it("says at SIGUSR2 that it reloads, and that it has, though the new configuration cannot be used", {
    skip: cannotHear,
  }, async () => {
    await using generations = await openGenerations();
    const path = join(generations.folder, "notify.sock");
    await using manager = await openDatagrams(path);
    const first = await generations.serve({}, { NOTIFY_SOCKET: path });
    await writeFile(join(generations.folder, "0.yaml"), "limits: { head: a lot }");
    first.process.kill("SIGUSR2");

    await until(() => manager.told().join(" ").endsWith("RELOADING=1 READY=1"));
    assert.match(manager.heard(), /^MONOTONIC_USEC=\d+$/m);
    assert.match(manager.heard(), /^STATUS=generation 1 serves; what was started has ended$/m);
    first.process.kill("SIGTERM");
    await first.exited;
  });

  it("says at SIGHUP that it reloads, and what came of it in one line", { skip: cannotHear }, async () => {
    await using generations = await openGenerations();
    const path = join(generations.folder, "notify.sock");
    await using manager = await openDatagrams(path);
    const proxy = await generations.serve({}, { NOTIFY_SOCKET: path });
    const begun = manager.told().length;
    proxy.process.kill("SIGHUP");
    await until(() => manager.told().length === begun + 2);
    assert.match(manager.heard(), /^STATUS=configuration is read again$/m);
    await writeFile(join(generations.folder, "0.yaml"), "limits:\n  head: a lot\n  body: a lot\n");
    proxy.process.kill("SIGHUP");
    await until(() => manager.told().length === begun + 4);

    assert.deepEqual(manager.told().slice(begun), ["RELOADING=1", "READY=1", "RELOADING=1", "READY=1"]);
    assert.match(manager.heard(), /^STATUS=configuration stays as it was: .*limits\.head/m);
  });

  it("says that it is ready and that it stops when it does not hand over, too", {
    skip: cannotHear,
  }, async () => {
    await using generations = await openGenerations({ handoff: false });
    const path = join(generations.folder, "notify.sock");
    await using manager = await openDatagrams(path);
    const proxy = await generations.serve({}, { NOTIFY_SOCKET: path });
    await until(() => manager.told().length === 2);
    assert.deepEqual(manager.told().sort(), [`MAINPID=${proxy.process.pid}`, "READY=1"]);
    proxy.process.kill("SIGTERM");
    assert.equal(await proxy.exited, 0);

    assert.deepEqual(manager.told().slice(2).sort(), [`MAINPID=${proxy.process.pid}`, "STOPPING=1"]);
  });
});

describe("the proxy, before it serves", () => {
  it("does not end by what tells it to read its file, or to start again", async () => {
    await using generations = await openGenerations();
    const [go, held] = [join(generations.folder, "go"), join(generations.folder, "held.mjs")];
    await writeFile(
      held,
      `import { existsSync } from "node:fs";
while (process.argv[2] === "worker" && !existsSync(${JSON.stringify(go)}))
  await new Promise((resolve) => setTimeout(resolve, 10));
`,
    );
    const proxy = await generations.start({}, { NODE_OPTIONS: `--import=${held}` });
    await until(async () => (await generations.workersOf(proxy.process.pid!)).length === 1);
    proxy.process.kill("SIGHUP");
    await writeFile(go, "");
    const serving = await proxy.serving;
    await until(() => proxy.log.some(({ msg }) => msg === "configuration is read again"));

    assert.equal((await serving.api("GET", "/readyz")).status, 200);
  });
});

describe("the proxy as process 1 of a container", () => {
  it("hands over at each SIGUSR2, leaves no dead processes, passes on that it is to stop, and ends then", {
    skip: spawnSync("unshare", ["--pid", "--fork", "--mount-proc", "true"]).status !== 0,
  }, async () => {
    await using origin = await startOrigin((_, response) => response.end("ok"));
    await using generations = await openGenerations();
    const file = join(generations.folder, "contained.yaml");
    const handoff = { name: "proxy", folder: join(generations.folder, "run"), probation: "100ms" };
    await writeFile(file, configText({ servers: [{ url: origin.url }], admin: false, workers: 2, handoff }));
    const args = [
      "--pid",
      "--fork",
      "--mount-proc",
      "--kill-child",
      process.execPath,
      bin,
      "proxy",
      "--config",
      file,
    ];
    const container = spawn("unshare", args, { stdio: ["ignore", "ignore", "pipe"] });
    using _ended = { [Symbol.dispose]: () => void container.kill("SIGKILL") };
    const exited = once(container, "exit");
    let said = "";
    container.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    const running = () => said.match(/"proxy is running"/g)?.length ?? 0;
    await until(() => running() === 1);
    const port = Number(/"port":(\d+)/.exec(said)![1]);
    const [inside] = await generations.workersOf(container.pid!);
    for (const generation of [2, 3]) {
      process.kill(inside!, "SIGUSR2");
      await until(() => running() === generation);
      // It stays, without workers, and has the serving one for a child.
      await until(async () => (await generations.phases()).join() === "serving");
      await until(async () => (await generations.workersOf(inside!)).length === 1);
    }
    const states = await Promise.all((await generations.workersOf(inside!)).map(stateOf));
    assert.deepEqual(
      states.filter((state) => state === "Z"),
      [],
    );
    assert.equal(await text(port), "ok");
    process.kill(inside!, "SIGTERM");

    assert.deepEqual(await exited, [0, null]);
    await until(() => !isAlive(inside!));
  });
});

/** One letter, as proc(5) has them. */
async function stateOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  return /^\d+ \(.*\) (\S)/s.exec(stat)?.[1];
}

async function text(port: number): Promise<string> {
  const sent = httpRequest({ port, host: "127.0.0.1", agent: false }).end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  let body = "";
  for await (const chunk of response.setEncoding("latin1")) body += String(chunk);
  return body;
}

/** Takes in the datagrams that come to `path`, which Node cannot. */
async function openDatagrams(path: string) {
  const script = `
import socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print("bound", flush=True)
while True: print(receiver.recv(65536).decode(), flush=True)
`;
  const child = spawn("python3", ["-c", script, path], { stdio: ["ignore", "pipe", "inherit"] });
  let heard = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => (heard += more));
  while (!heard.includes("bound")) await once(child.stdout, "data");
  return {
    heard: () => heard,
    /** What of it says who serves and what goes on. */
    told: (): string[] => heard.match(/^(MAINPID=\d+|READY=1|RELOADING=1|STOPPING=1)$/gm) ?? [],
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
