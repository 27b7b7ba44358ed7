import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { access, constants, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { describe, it } from "node:test";
import { callWhile, get } from "./backends.test.fixture.js";
import { openChannel } from "./channel.js";
import type { ChannelOptions } from "./options.js";
import { authority, keyTwo, serverOne } from "./tls/certificates.test.fixture.js";

const nginx = await programPath("nginx");
const without = nginx === undefined ? { skip: "nginx is not installed here" } : {};

describe("a channel to nginx", without, () => {
  const scenarios = { http: " (W23)", https: " (W22)", "a unix socket": "" };
  for (const over of ["http", "https", "a unix socket"] as const) {
    it(`is healthy, answers, and survives its restart: over ${over}${scenarios[over]}`, async () => {
      await using server = await Nginx.start();
      const targets: Record<typeof over, readonly [string, ChannelOptions]> = {
        http: [`http://127.0.0.1:${server.port}`, {}],
        https: [`https://localhost:${server.tlsPort}`, { tls: { ca: authority } }],
        "a unix socket": ["http://backend.test", { connectTo: `unix:${server.socket}` }],
      };
      const [target, options] = targets[over];
      const pool = { backoff: { initialMs: 20 } };
      await using channel = openChannel(target, { ...options, health: "/ready", pool });
      await channel.whenHealthy();
      assert.equal(channel.snapshot().members.length, 3);
      let calls = 0;
      await callWhile(
        8,
        () => (calls += 1) <= 200,
        async () => assert.equal(await get(channel), "hello\n"),
      );

      await server.restart();
      assert.equal(await get(channel), "hello\n");
      await channel.whenHealthy();
    });
  }

  it("keeps its connections though nginx closes those that nobody uses", async () => {
    await using server = await Nginx.start("keepalive_timeout 1s 1s; keepalive_requests 3;");
    await using channel = openChannel(`http://127.0.0.1:${server.port}`);
    await channel.whenHealthy();
    for (let calls = 0; calls < 30; calls += 1) assert.equal(await get(channel), "hello\n");

    assert.equal(channel.status.value, "healthy");
  });
});

/** An nginx of the test's own. */
class Nginx implements AsyncDisposable {
  readonly port: number;
  readonly tlsPort: number;
  readonly socket: string;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number, tlsPort: number) {
    this.port = port;
    this.tlsPort = tlsPort;
    this.#folder = folder;
    this.socket = join(folder, "s");
  }

  static async start(more = ""): Promise<Nginx> {
    const folder = await mkdtemp(join(tmpdir(), "millrace-"));
    const server = new Nginx(folder, await freePort(), await freePort());
    await writeFile(join(folder, "cert.pem"), serverOne);
    await writeFile(join(folder, "key.pem"), keyTwo);
    await writeFile(join(folder, "nginx.conf"), server.#configuration(more));
    await server.#run();
    return server;
  }

  /** Ends it, as a crash would, and starts it again. */
  async restart(): Promise<void> {
    await this.#stop();
    await this.#run();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #run(): Promise<void> {
    await rm(this.socket, { force: true });
    const command = ["-e", "stderr", "-p", this.#folder, "-c", join(this.#folder, "nginx.conf")];
    this.#process = spawn(nginx!, command, { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    this.#process.stderr!.on("data", (chunk) => (said += String(chunk)));
    for (;;) {
      if (this.#process.exitCode !== null) throw new Error(`nginx did not start: ${said}`);
      if (await exists(join(this.#folder, "nginx.pid"))) return;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async #stop(): Promise<void> {
    const process = this.#process;
    if (!process || process.exitCode !== null) return;
    const exited = once(process, "exit");
    process.kill("SIGTERM");
    await exited;
    await rm(join(this.#folder, "nginx.pid"), { force: true });
  }

  #configuration(more: string): string {
    const server = 'location = /ready { return 204; } location / { return 200 "hello\\n"; }';
    return `daemon off; master_process off; pid nginx.pid; error_log stderr crit;
      events { worker_connections 256; }
      http { access_log off; ${more}
        client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
        uwsgi_temp_path uwsgi; scgi_temp_path scgi;
        server { listen 127.0.0.1:${this.port}; listen unix:${this.socket}; ${server} }
        server { listen 127.0.0.1:${this.tlsPort} ssl; ssl_certificate cert.pem; ssl_certificate_key key.pem; ${server} }
      }`;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function exists(path: string, mode = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

async function programPath(name: string): Promise<string | undefined> {
  const folders = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  for (const folder of folders)
    if (await exists(join(folder, name), constants.X_OK)) return join(folder, name);
  return undefined;
}
