// The proxy from outside: starts an origin and a proxy by the command, adds the origin by the admin API,
// sends requests through, and looks at what was counted.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const packageFile = createRequire(import.meta.url).resolve("@millrace/proxy/package.json");
const command = join(dirname(packageFile), "bin/millrace.js");

// Port 0: the system chooses, and the command says which.
const origin = await start(["origin", "--listen", "127.0.0.1:0"], /answers at (http:\S+)/);
const proxy = await start(
  ["proxy", "--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--workers", "2", "--log-format", "text"],
  /traffic +(http:\S+)\n +admin +(http:\S+)/,
);
const [server] = origin.said;
const [traffic, admin] = proxy.said;
console.log("the proxy runs");

const early = await fetch(`${traffic}/`);
console.log(`without a server: ${early.status}, retry after ${early.headers.get("retry-after")} s`);

const added = await fetch(`${admin}/servers?wait=applied`, {
  method: "POST",
  body: JSON.stringify({ url: server }),
});
const { url, applied } = await added.json();
console.log(`added ${url}: ${added.status}, known to ${applied.applied} of ${applied.workers} workers`);

const hello = await fetch(`${traffic}/`);
console.log(`GET /: ${hello.status} ${(await hello.text()).trim()}`);
const large = await fetch(`${traffic}/large`);
console.log(`GET /large: ${large.status}, ${(await large.arrayBuffer()).byteLength} bytes`);
const echo = await fetch(`${traffic}/echo`, { method: "POST", body: "round trip" });
console.log(`POST /echo: ${echo.status} ${JSON.stringify(await echo.text())}`);

const { client } = await (await fetch(`${admin}/stats`)).json();
console.log(`counted: ${client.success} answered, ${client.failed} failed`);

const removed = await fetch(`${admin}/servers/${encodeURIComponent(url)}?drain=0s`, { method: "DELETE" });
console.log(`removed: ${removed.status}`);

origin.child.kill();
proxy.child.kill();
const [code] = await once(proxy.child, "exit");
console.log(`the proxy ended with ${code}`);

/** Starts the command and waits until it says what `pattern` looks for. It ends with this process. */
function start(/** @type {string[]} */ args, /** @type {RegExp} */ pattern) {
  const child = spawn(process.execPath, [command, ...args], { stdio: ["ignore", "inherit", "pipe"] });
  process.on("exit", () => child.kill());
  let text = "";
  return new Promise((resolve, reject) => {
    child.stderr.on("data", (chunk) => {
      text += chunk;
      const match = pattern.exec(text);
      if (match) resolve({ child, said: match.slice(1) });
    });
    child.on("exit", () => reject(new Error(`millrace ${args[0]} ended: ${text}`)));
  });
}
