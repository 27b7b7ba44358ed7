import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { connect, type TLSSocket } from "node:tls";
import { Scope } from "millrace/base";
import { certificate, renewed } from "./certificates.js";
import { echo, startOrigin } from "./origin.js";
import { startProxy, until } from "./start-proxy.js";

type Pair = { readonly cert: string; readonly key: string };

const trusted = { ca: [certificate.cert, renewed.cert], servername: "localhost" };
/** Longer than the time between two looks, should the system not tell of a change. */
const limitMs = 30_000;

const serials = { old: "01", new: "02" };

describe("the certificate of a listener", () => {
  it("follows its files under load, and no connection and no request fails", async () => {
    await using proxy = await startTlsProxy();
    await using load = startLoad(proxy.port);
    await until(() => load.answered >= 20);
    const kept = new Agent({ ...trusted, keepAlive: true, maxSockets: 1 });
    const before = await ask(proxy.port, kept);
    await proxy.replace(renewed);
    await until(async () => (await serialAt(proxy.port)) === serials.new, limitMs);
    const since = load.answered;
    await until(() => load.answered >= since + 20);
    const after = await ask(proxy.port, kept);
    kept.destroy();
    await load.stop();

    assert.deepEqual(load.failures, []);
    assert.deepEqual([before, after], [serials.old, serials.old]);
    assert.ok(load.seen.has(serials.old) && load.seen.has(serials.new));
    const metrics = String((await proxy.api("GET", "/metrics")).body);
    assert.match(metrics, /^millrace_certificate_stale\{listener="127\.0\.0\.1:0"\} 0$/m);
    assert.match(
      metrics,
      /^millrace_certificate_valid_until_seconds\{listener="127\.0\.0\.1:0"\} 4922899200$/m,
    );
  });

  it("stays when the files turn bad, also for a worker that takes another's place", async () => {
    await using proxy = await startTlsProxy();
    await proxy.replace({ cert: renewed.cert, key: certificate.key });
    const refused = () => proxy.log.find(({ msg }) => msg === "clients get the old certificate still");
    await until(() => refused() !== undefined, limitMs);
    const [worker] = await proxy.workers();
    process.kill(worker!, "SIGKILL");
    await until(async () => (await proxy.workers()).some((pid) => pid !== worker));

    assert.equal(await serialAt(proxy.port), serials.old);
    assert.match(String(refused()!["reason"]), /key values mismatch/);
    assert.match(String((await proxy.api("GET", "/metrics")).body), /^millrace_certificate_stale\{.*\} 1$/m);
    await proxy.replace(renewed);
    await until(async () => (await serialAt(proxy.port)) === serials.new, limitMs);
  });
});

/** A proxy that speaks TLS to its clients, whose certificate can be replaced as such tools do: by renaming. */
async function startTlsProxy() {
  const scope = new Scope();
  const folder = await mkdtemp(join(tmpdir(), "millrace-e2e-"));
  scope.defer(() => rm(folder, { recursive: true }));
  const tls = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  const replace = async (pair: Pair) => {
    for (const name of ["cert", "key"] as const) {
      await writeFile(`${tls[name]}.new`, pair[name]);
      await rename(`${tls[name]}.new`, tls[name]);
    }
  };
  await replace(certificate);
  const origin = scope.own(await startOrigin(echo));
  const listen = [{ address: "127.0.0.1:0", tls }];
  const proxy = scope.own(await startProxy({ origins: [origin.url], listen, workers: 1 }));
  return {
    port: proxy.port,
    log: proxy.log,
    api: proxy.api.bind(proxy),
    workers: () => proxy.workers(),
    replace,
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}

/** Four clients that connect anew for each request, one after the other, until they are stopped or fail. */
function startLoad(port: number) {
  const failures: unknown[] = [];
  const seen = new Set<string>();
  let running = true;
  const stop = async () => {
    running = false;
    await Promise.all(clients);
  };
  const load = { seen, failures, answered: 0, stop, [Symbol.asyncDispose]: stop };
  const work = async () => {
    while (running) {
      try {
        seen.add(await ask(port, false));
        load.answered += 1;
      } catch (error) {
        failures.push(error);
        return;
      }
    }
  };
  const clients = Array.from({ length: 4 }, work);
  return load;
}

/** Makes a request that must be answered by 200, and gives the serial number of the certificate it came over. */
async function ask(port: number, agent: Agent | false): Promise<string> {
  const asking = request({ host: "127.0.0.1", port, path: "/", agent, ...trusted }).end();
  const [response] = (await once(asking, "response")) as [import("node:http").IncomingMessage];
  const serial = (response.socket as TLSSocket).getPeerCertificate().serialNumber;
  await once(response.resume(), "end");
  assert.equal(response.statusCode, 200);
  return serial;
}

/** The serial number of the certificate that a new connection is shown. */
async function serialAt(port: number): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, ...trusted });
  await once(socket, "secureConnect");
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}
