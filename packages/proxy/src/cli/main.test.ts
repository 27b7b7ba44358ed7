import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const command = fileURLToPath(new URL("../../bin/millrace.js", import.meta.url));

describe("millrace", () => {
  it("tells its version, and shows examples for every command", async () => {
    assert.match((await run("--version")).out, /^\d+\.\d+\.\d+\n$/);
    for (const name of ["proxy", "origin", "servers", "stats"]) {
      const { code, out } = await run(name, "--help");
      assert.equal(code, 0);
      assert.match(out, /Examples:/, name);
    }
  });

  it("ends with 2 when it is not asked properly", async () => {
    assert.equal((await run("nonsense")).code, 2);
    assert.equal((await run("proxy", "--nonsense")).code, 2);
    assert.equal((await run("stats", "--interval", "soon")).code, 2);
    const wrong = [
      [
        "--listen",
        "nowhere",
        /'--listen <address>' argument 'nowhere' is invalid\. expected an address such as/,
      ],
      [
        "--admin",
        "foo:bar",
        /'--admin <address>' argument 'foo:bar' is invalid\. expected an address such as/,
      ],
      [
        "--workers",
        "many",
        /'--workers <number>' argument 'many' is invalid\. expected a whole number from 1/,
      ],
      ["--origin", "ftp://a", /'--origin <url>' argument 'ftp:\/\/a' is invalid\. expected a URL such as/],
    ] as const;
    for (const [flag, value, complaint] of wrong) {
      const { code, err } = await run("proxy", flag, value);
      assert.equal(code, 2);
      assert.match(err, complaint);
    }
  });

  it("shows its help when it is asked for nothing, also below", async () => {
    for (const args of [[], ["servers"]]) {
      const { code, out, err } = await run(...args);
      assert.deepEqual([code, err], [0, ""]);
      assert.match(out, /^Usage: millrace/);
    }
  });

  it("ends quietly when nobody reads what it prints", async () => {
    const child = spawn(process.execPath, [command, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let err = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
    const [code] = (await once(child, "close")) as [number];

    assert.deepEqual([code, err], [0, ""]);
  });

  it("says which address it was given twice", async () => {
    const twice = ["--listen", "127.0.0.1:1234"];
    const listen = await run("proxy", ...twice, ...twice);
    assert.deepEqual([listen.code, listen.err], [2, "millrace: listen[1]: 127.0.0.1:1234 is there twice\n"]);
    const admin = await run("proxy", ...twice, "--admin", "127.0.0.1:1234");

    assert.deepEqual(
      [admin.code, admin.err],
      [2, "millrace: admin: 127.0.0.1:1234 is where clients connect; give it another address\n"],
    );
  });

  it("ends with 3 when the admin API does not answer", async () => {
    const { code, err } = await run("servers", "list", "--admin", "127.0.0.1:9");

    assert.equal(code, 3);
    assert.match(err, /is the proxy running\?/);
  });

  it("says where a configuration file is wrong", async () => {
    const folder = await mkdtemp(join(tmpdir(), "millrace-cli-"));
    const file = join(folder, "millrace.yaml");
    await writeFile(file, "timeouts:\n  conect: 1s\n");
    const { code, err } = await run("proxy", "--config", file);

    assert.equal(code, 2);
    assert.match(
      err,
      /millrace\.yaml:2:3: timeouts\.conect: unknown setting "conect"; did you mean "connect"\?/,
    );
    await rm(folder, { recursive: true });
  });
});

describe("millrace proxy", () => {
  let folder: string;
  let proxy: Running;
  let origin: Running;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "millrace-cli-"));
    await writeFile(join(folder, "m.yaml"), "workers: 1\n");
    origin = await start(["origin", "--listen", "127.0.0.1:0"], /answers at (\S+)/);
    const addresses = ["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0"];
    proxy = await start(
      ["proxy", ...addresses, "--config", join(folder, "m.yaml")],
      /traffic +(\S+).*admin +(\S+).*\/\n$/s,
    );
  });
  after(async () => {
    // Two signals end a proxy and its workers at once; SIGKILL would leave the workers serving.
    for (const child of [...children, ...children]) child.kill("SIGTERM");
    await rm(folder, { recursive: true });
  });

  it("says what to type next", () => {
    assert.match(
      proxy.text,
      /npx millrace origin\n {2}curl localhost:\d+\/servers -d '\{"url":"http:\/\/127\.0\.0\.1:12345"\}'/,
    );
  });

  it("lets servers be added, listed, drained and removed", async () => {
    const [traffic, admin] = proxy.found;
    const [url] = origin.found;
    const id = url!.replace("http://", "");
    assert.match((await run("servers", "add", url!, "--admin", admin!)).out, /is in the pool/);
    assert.equal((await fetch(traffic!)).status, 200);
    const listed = JSON.parse((await run("servers", "list", "--json", "--admin", admin!)).out) as {
      servers: { id: string }[];
    };
    assert.equal(listed.servers[0]!.id, id);
    assert.match((await run("servers", "drain", id, "--admin", admin!)).out, /gets nothing new/);
    assert.match((await run("servers", "list", "--admin", admin!)).out, /draining/);
    assert.match((await run("stats", "--admin", admin!)).out, /1 answered, 0 failed/);
    assert.match(
      (await run("servers", "remove", url!, "--drain", "0s", "--admin", admin!)).out,
      /is removed/,
    );

    assert.equal((await run("servers", "remove", url!, "--admin", admin!)).code, 1);
  });

  it("reads its file again on SIGHUP, and stays as it was when that is wrong", async () => {
    const [, admin] = proxy.found;
    await writeFile(join(folder, "m.yaml"), "drain: 7s\n");
    proxy.child.kill("SIGHUP");
    await proxy.says(/configuration is read again/);
    await writeFile(join(folder, "m.yaml"), "drain: never\n");
    proxy.child.kill("SIGHUP");
    await proxy.says(/configuration stays as it was/);

    assert.equal(((await (await fetch(`${admin}/config`)).json()) as { drain: string }).drain, "7s");
  });

  it("ends with 0 on SIGTERM", async () => {
    proxy.child.kill("SIGTERM");

    assert.deepEqual(await once(proxy.child, "exit"), [0, null]);
  });
});

/** Everything that was started and may still run. */
const children: ChildProcess[] = [];

interface Running {
  readonly child: ChildProcess;
  /** What it has said until it was up. */
  readonly text: string;
  /** What the groups of the pattern have found. */
  readonly found: readonly string[];
  /** Settles once it has said something like `pattern`. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
}

async function start(args: readonly string[], up: RegExp): Promise<Running> {
  const child = spawn(process.execPath, [command, ...args], { stdio: ["ignore", "inherit", "pipe"] });
  children.push(child);
  let text = "";
  child.stderr!.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
  });
  const says = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(text);
      if (match) return match;
      const ending = child.exitCode ?? child.signalCode;
      if (ending !== null) assert.fail(`ended with ${ending}: ${text}`);
      await Promise.race([once(child.stderr!, "data"), once(child, "exit")]);
    }
  };
  const match = await says(up);
  return { child, text, found: match.slice(1), says };
}

/** Runs a command to its end; `code` is the signal's name if one ended it. */
function run(
  ...args: string[]
): Promise<{ readonly code: unknown; readonly out: string; readonly err: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [command, ...args], (error, out, err) => {
      resolve({ code: error ? (error.code ?? error.signal) : 0, out, err });
    });
  });
}
