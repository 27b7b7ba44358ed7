import { type ChildProcess, spawn } from "node:child_process";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { access, constants, mkdtemp, rm, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { connect } from "node:tls";
import { authority, keyTwo, serverOne } from "./tls/certificates.test.fixture.js";

const nginx = await programPath("nginx");
const hello = 'location = /ready { return 204; } location / { return 200 "hello\\n"; }';

/** Options of tests that need nginx: where it is not installed they are skipped. */
export const withNginx = nginx === undefined ? { skip: "nginx is not installed here" } : {};

/** An nginx of the test's own. */
export class Nginx implements AsyncDisposable {
  readonly port: number;
  readonly tlsPort: number;
  readonly socket: string;
  /** The file with the authority that its certificate is of. */
  readonly caFile: string;
  readonly #folder: string;
  #process: ChildProcess | undefined;

  private constructor(folder: string, port: number, tlsPort: number) {
    this.port = port;
    this.tlsPort = tlsPort;
    this.#folder = folder;
    this.socket = join(folder, "s");
    this.caFile = join(folder, "ca.pem");
  }

  /** Starts one with `more` settings of HTTP, and with `locations` in each of its servers. */
  static async start(more = "", locations = hello): Promise<Nginx> {
    const folder = await mkdtemp(join(tmpdir(), "millrace-"));
    const server = new Nginx(folder, await freePort(), await freePort());
    await writeFile(server.caFile, authority);
    await writeFile(join(folder, "cert.pem"), serverOne);
    await writeFile(join(folder, "key.pem"), keyTwo);
    await writeFile(join(folder, "nginx.conf"), server.#configuration(more, locations));
    await server.#run();
    return server;
  }

  /** Ends it, as a crash would, and starts it again. */
  async restart(): Promise<void> {
    await this.#stop();
    await this.#run();
  }

  /** Gives it another certificate, as a renewal does, and waits until new connections are shown that. */
  async renew(cert: string, key: string): Promise<void> {
    await writeFile(join(this.#folder, "cert.pem"), cert);
    await writeFile(join(this.#folder, "key.pem"), key);
    this.#process!.kill("SIGHUP");
    const { fingerprint256 } = new X509Certificate(cert);
    while ((await shownBy(this.tlsPort)) !== fingerprint256);
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

  #configuration(more: string, server: string): string {
    return `daemon off; user root; worker_processes 1; pid nginx.pid; error_log stderr crit;
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

/** The certificate that the TLS server at `port` shows, by its fingerprint; none while it is about to change. */
async function shownBy(port: number): Promise<string | undefined> {
  const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false });
  try {
    await once(socket, "secureConnect");
    return socket.getPeerCertificate().fingerprint256;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
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
