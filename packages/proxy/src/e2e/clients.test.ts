import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { Agent, request as httpRequest, type IncomingMessage } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { WebSocketServer } from "ws";
import { certificate } from "./certificates.js";
import { echo, type Origin, startOrigin } from "./origin.js";
import { programPath } from "./program-path.js";
import { type StartedProxy, startProxy, until } from "./start-proxy.js";

const run = promisify(execFile);
const [chromium, nginx, curl] = await Promise.all(["chromium", "nginx", "curl"].map(programPath));
const without = (program: string | undefined, name: string) =>
  program === undefined ? { skip: `${name} is not installed here` } : {};

describe("the proxy, used by", () => {
  let origin: Origin;
  let proxy: StartedProxy;
  before(async () => {
    origin = await startOrigin(echo);
    proxy = await startProxy({ origins: [origin.url] });
  });
  after(async () => {
    await proxy[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
  });

  it("curl, for several requests on one connection", without(curl, "curl"), async () => {
    const urls = ["/1", "/2", "/3"].map((path) => proxy.url + path);
    const { stdout, stderr } = await run(curl!, ["-sv", "--compressed", ...urls]);

    assert.equal([...stdout.matchAll(/"url":"\/\d"/g)].length, 3);
    assert.equal([...stderr.matchAll(/Re-using existing connection/g)].length, 2);
  });

  it("fetch of Node, with uploads that are streams", async () => {
    const body = new ReadableStream({
      start(controller) {
        for (const text of ["a", "b", "c"]) controller.enqueue(new TextEncoder().encode(text));
        controller.close();
      },
    });
    const answer = await fetch(proxy.url, { method: "POST", body, duplex: "half" } as RequestInit);

    assert.equal(((await answer.json()) as { body: string }).body, "abc");
  });

  it("node:http with an agent that keeps connections", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ports = new Set<number | undefined>();
    for (let count = 0; count < 5; count += 1) {
      const request = httpRequest({ port: proxy.port, host: "127.0.0.1", agent }).end();
      const [response] = (await once(request, "response")) as [IncomingMessage];
      ports.add(response.socket.localPort);
      await once(response.resume(), "end");
    }
    agent.destroy();

    assert.equal(ports.size, 1);
  });
});

describe("the proxy, with TLS", () => {
  it("accepts it from clients, and tells the origin so", without(curl, "curl"), async () => {
    await using files = await folderWith({ "cert.pem": certificate.cert, "key.pem": certificate.key });
    await using origin = await startOrigin(echo);
    const tls = { cert: files.path("cert.pem"), key: files.path("key.pem") };
    await using proxy = await startProxy({
      origins: [origin.url],
      listen: [{ address: "127.0.0.1:0", tls }],
    });
    const url = `https://localhost:${proxy.port}/`;
    const resolve = ["--cacert", tls.cert, "--resolve", `localhost:${proxy.port}:127.0.0.1`];
    const { stdout } = await run(curl!, ["-s", "--http2", ...resolve, "-d", "x".repeat(100_000), url]);
    const { rawHeaders, body } = JSON.parse(stdout) as { rawHeaders: string[]; body: string };

    assert.equal(rawHeaders[rawHeaders.indexOf("X-Forwarded-Proto") + 1], "https");
    assert.equal(body.length, 100_000);
  });

  it("speaks it to origins whose certificate is good", async () => {
    await using files = await folderWith({ "ca.pem": certificate.cert });
    await using origin = await startOrigin(echo, { tls: certificate });
    const env = { NODE_EXTRA_CA_CERTS: files.path("ca.pem") };
    await using proxy = await startProxy({ origins: [`https://localhost:${origin.port}`], env });
    for (let count = 0; count < 3; count += 1) {
      const answer = await fetch(proxy.url, { method: "POST", body: "x".repeat(100_000) });
      assert.equal(((await answer.json()) as { body: string }).body.length, 100_000);
    }

    assert.equal(origin.connections.size, 1);
  });

  it("answers 502 for an origin that nobody vouches for", async () => {
    await using origin = await startOrigin(echo, { tls: certificate });
    await using proxy = await startProxy({ origins: [origin.url] });

    assert.equal((await fetch(proxy.url)).status, 502);
    assert.equal(origin.connections.size, 0);
  });
});

describe("the proxy, before nginx", () => {
  it("passes files and ranges on, over connections that are kept", without(nginx, "nginx"), async () => {
    const content = "0123456789".repeat(100_000);
    await using files = await folderWith({ "file.txt": content });
    const port = await freePort();
    await writeFile(files.path("nginx.conf"), nginxConfig(files.path(""), port));
    const server = spawn(nginx!, ["-c", files.path("nginx.conf"), "-p", files.path("")], { stdio: "ignore" });
    try {
      await until(
        async () => (await fetch(`http://127.0.0.1:${port}/file.txt`).catch(() => undefined))?.ok === true,
      );
      await using proxy = await startProxy({ origins: [`http://127.0.0.1:${port}`] });
      assert.equal(await (await fetch(`${proxy.url}/file.txt`)).text(), content);
      const part = await fetch(`${proxy.url}/file.txt`, { headers: { range: "bytes=5-9" } });
      const unchanged = await fetch(`${proxy.url}/file.txt`, {
        headers: { "if-none-match": part.headers.get("etag")! },
      });

      assert.deepEqual([part.status, await part.text()], [206, "56789"]);
      assert.equal(unchanged.status, 304);
      assert.equal((await fetch(`${proxy.url}/none`, { method: "HEAD" })).status, 404);
      const { body } = await proxy.api("GET", "/stats/detail");
      assert.equal(body.servers[0].connections.open, 1);
    } finally {
      const gone = once(server, "exit");
      server.kill("SIGTERM");
      await gone;
    }
  });
});

describe("the proxy, used by Chromium", () => {
  it(
    "passes a page with its scripts, its requests and its WebSocket",
    without(chromium, "chromium"),
    async () => {
      let told!: (report: unknown) => void;
      const report = new Promise<unknown>((resolve) => (told = resolve));
      await using origin = await startOrigin(async (request, response) => {
        if (request.url === "/page") response.setHeader("content-type", "text/html").end(page);
        else if (request.url === "/report") {
          let text = "";
          for await (const chunk of request) text += String(chunk);
          response.end();
          told(JSON.parse(text));
        } else await echo(request, response);
      });
      const sockets = new WebSocketServer({ server: origin.server });
      sockets.on("connection", (socket) =>
        socket.on("message", (data) => socket.send(`heard ${String(data)}`)),
      );
      await using proxy = await startProxy({ origins: [origin.url] });
      await using profile = await folderWith({});
      const flags = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--remote-debugging-port=0",
        `--user-data-dir=${profile.path("")}`,
      ];
      const browser = spawn(chromium!, [...flags, `${proxy.url}/page`], { stdio: "ignore" });
      try {
        assert.deepEqual(await report, {
          posted: 300_000,
          several: [0, 1, 2, 3, 4, 5, 6, 7],
          socket: "heard hello",
        });
      } finally {
        const gone = once(browser, "exit");
        browser.kill("SIGKILL");
        await gone;
      }
    },
  );
});

const page = `<!doctype html><title>page</title><script type="module">
  const json = async (path, init) => (await fetch(path, init)).json();
  const posted = (await json("/echo", { method: "POST", body: "x".repeat(300000) })).body.length;
  const several = await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map(async (n) => {
    const { url } = await json("/echo/" + n);
    return Number(url.slice(6));
  }));
  const socket = await new Promise((resolve, reject) => {
    const opened = new WebSocket("ws://" + location.host + "/socket");
    opened.onopen = () => opened.send("hello");
    opened.onmessage = ({ data }) => resolve(data);
    opened.onerror = reject;
  });
  await fetch("/report", { method: "POST", body: JSON.stringify({ posted, several, socket }) });
</script>`;

function nginxConfig(folder: string, port: number): string {
  return `daemon off; master_process off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
    events {}
    http {
      access_log off;
      client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
      uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
      server { listen 127.0.0.1:${port}; root ${folder}; location = /.health { return 200; } }
    }`;
}

/** A folder of its own with some files; gone when disposed. */
async function folderWith(files: Readonly<Record<string, string>>) {
  const folder = await mkdtemp(join(tmpdir(), "millrace-e2e-"));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return {
    path: (name: string) => join(folder, name),
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** A port that was free a moment ago, for a program that cannot choose one. */
async function freePort(): Promise<number> {
  const origin = await startOrigin(() => {});
  await origin[Symbol.asyncDispose]();
  return origin.port;
}
