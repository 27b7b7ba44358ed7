import assert from "node:assert/strict";
import { type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { readHandoffStatus } from "millrace/handoff";
import { isAlive, until } from "../e2e/start-proxy.js";
import { statusText } from "./status-command.js";

const bin = fileURLToPath(new URL("../../bin/millrace.js", import.meta.url));

/** A server that knows nothing of hand-overs, on two ports. */
const server = `
import { createServer } from "node:http";
const [release, ...ports] = process.argv.slice(2);
for (const port of ports) createServer((_, response) => response.end(release)).listen(Number(port), "127.0.0.1");
`;

describe("millrace run", () => {
  it("has a server that knows nothing of it taken over by its next start, and by its own restart", async () => {
    await using parts = await setup();
    const first = parts.run("a");
    await until(async () => (await parts.ask(0)) === "a");
    const second = parts.run("b");
    await until(async () => (await parts.ask(0)) === "b");
    assert.equal(await parts.ask(1), "b");
    const [code] = (await once(first, "exit")) as [number];
    assert.equal(code, 0);
    const before = await parts.pid();
    process.kill(before, "SIGUSR2");
    await until(async () => (await parts.pid()) !== before);
    assert.equal(await parts.ask(0), "b");
    await once(second, "exit");
    const { generations } = await readHandoffStatus({ name: "server", folder: parts.folder });

    assert.equal(generations[0]!.generation, 3);
  });

  it("refuses another program that happens to have the name, and leaves the one that runs alone", async () => {
    await using parts = await setup();
    parts.run("a");
    await until(async () => (await parts.ask(0)) === "a");
    const other = parts.run("other", [await freePort()], { stdio: ["ignore", "ignore", "pipe"] });
    let errors = "";
    other.stderr!.setEncoding("utf8").on("data", (text: string) => (errors += text));
    const [code] = (await once(other, "close")) as [number];
    assert.equal(code, 1);
    assert.match(errors, /^a program of the name server runs already, which listens on .*--name/);
    assert.equal(errors.trim().split("\n").length, 1);

    assert.equal(await parts.ask(0), "a");
    assert.equal(await parts.ask(1), "a");
  });

  it("passes SIGINT on where there is no terminal, which would tell the program itself", async () => {
    await using parts = await setup();
    const wrapper = parts.run("a");
    await until(async () => (await parts.ask(0)) === "a");
    wrapper.kill("SIGINT");

    assert.deepEqual(await once(wrapper, "exit"), [0, null]);
    assert.equal(await parts.ask(0), undefined);
  });

  it("stays when it is to: starts the next version at SIGUSR2, and passes on that all is to end", async () => {
    await using parts = await setup();
    const wrapper = parts.run("a", undefined, { flags: ["--stay"] });
    await until(async () => (await parts.ask(0)) === "a");
    const passed: number[] = [];
    for (let generation = 1; generation <= 2; generation += 1) {
      passed.push(await parts.pid());
      wrapper.kill("SIGUSR2");
      await until(async () => !passed.includes(await parts.pid()) && !isAlive(passed.at(-1)!));
    }
    assert.equal(await parts.ask(0), "a");
    wrapper.kill("SIGTERM");

    assert.deepEqual(await once(wrapper, "exit"), [0, null]);
    assert.equal(await parts.ask(0), undefined);
  });
});

describe("statusText", () => {
  it("is a line for each generation", () => {
    const serving = {
      generation: 2,
      release: "1.1.0",
      pid: 7,
      phase: "serving",
      connections: 3,
      ageMs: 2_400,
      way: "pass",
    };
    const text = statusText({ name: "shop", addresses: ["[::]:80"], generations: [serving] });

    assert.match(
      text,
      /^shop on \[::\]:80\nGENERATION {2}RELEASE.*\n2 {11}1\.1\.0 {4}7 {4}serving {2}3 {12}2s {3}pass\n$/,
    );
  });
});

/** How a program is run beside its release and its ports. */
interface RunParts {
  readonly flags?: readonly string[];
  readonly stdio?: StdioOptions;
}

async function setup() {
  const home = await mkdtemp(join(tmpdir(), "mr-run-"));
  const folder = join(home, "run");
  const file = join(home, "server.mjs");
  const pidFile = join(home, "server.pid");
  await writeFile(file, server);
  const ports = await Promise.all([freePort(), freePort()]);
  const pid = async () => Number(await readFile(pidFile, "utf8").catch(() => "0"));
  return {
    folder,
    pid,
    run(
      release: string,
      at: readonly number[] = ports,
      { flags = [], stdio = ["ignore", "ignore", "inherit"] }: RunParts = {},
    ) {
      const options = [...flags, "--folder", folder, "--pid-file", pidFile, "--probation", "100ms"];
      const command = [bin, "run", ...options, "--", process.execPath, file, release, ...at.map(String)];
      return spawn(process.execPath, command, { stdio, cwd: home });
    },
    ask: (index: number) =>
      fetch(`http://127.0.0.1:${ports[index]}/`, { headers: { connection: "close" } }).then(
        (response) => response.text(),
        () => undefined,
      ),
    async [Symbol.asyncDispose]() {
      const serving = await pid();
      if (serving > 0 && isAlive(serving)) process.kill(serving, "SIGTERM");
      await until(() => serving === 0 || !isAlive(serving));
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, "127.0.0.1", resolve));
  const { port } = listener.address() as { port: number };
  listener.close();
  return port;
}
