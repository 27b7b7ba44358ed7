import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import type { Server as TlsServer } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isMillraceError } from "../base/errors.js";
import {
  authority,
  authority2,
  clientCertificate,
  keyOne,
  keyTwo,
  serverOne,
  serverTwo,
} from "../channel/tls/certificates.test.fixture.js";
import { tlsReloads } from "../channel/tls/tls-events.js";
import { createRefreshable } from "../config/refreshable/refreshable.js";
import type { SecurityConfig } from "./config/services-config.js";
import { openClientFactory } from "./factory.js";
import { createClientMetrics } from "./metrics/instruments.js";
import { createMemorySink } from "./metrics/memory-sink.js";
import { clientOf, openServer } from "./server.test.fixture.js";

describe("a client with a security block", () => {
  it("trusts the authorities of ca-file, and nobody else", async () => {
    await using files = await folder({ ca: authority, other: authority2 });
    await using server = await openServer((_, response) => response.end("1"), {
      key: keyTwo,
      cert: serverOne,
    });
    await using client = await clientOf([server.url], { security: { caFile: files.path("ca") } });
    assert.equal(await client.get("/"), 1);
    for (const security of [undefined, { caFile: files.path("other") }]) {
      await using stranger = await clientOf([server.url], { security, maxRetries: 0 });
      await assert.rejects(
        stranger.get("/"),
        (error) => isMillraceError(error, "connect-failed") && error.unsent,
      );
    }

    assert.equal(server.requests, 1);
  });

  it("C13: goes by a mesh over TLS, and leaves retries to it", async () => {
    await using files = await folder({ ca: authority });
    await using server = await openServer(
      (_, response, nth) => response.writeHead(nth === 1 ? 200 : 503).end("1"),
      {
        key: keyTwo,
        cert: serverOne,
      },
    );
    const uri = server.url.replace("https:", "mesh-https:");
    await using client = await clientOf([uri], { security: { caFile: files.path("ca") } });

    assert.equal(await client.get("/"), 1);
    await assert.rejects(client.get("/"), { status: 503 });
    assert.equal(server.requests, 2);
  });

  it("counts its handshakes, by conjure_runtime's name", async () => {
    await using files = await folder({ ca: authority });
    await using server = await openServer((_, response) => response.end("1"), {
      key: keyTwo,
      cert: serverOne,
    });
    const sink = createMemorySink();
    const metrics = createClientMetrics({ sink, names: ["conjure"] });
    await using client = await clientOf([server.url], { security: { caFile: files.path("ca") }, metrics });
    await client.get("/");
    await client.get("/");
    const [handshake] = sink.read().filter(({ name }) => name === "tls.handshake");

    assert.equal(handshake?.value, 1);
    assert.deepEqual(handshake.labels, {
      context: "widgets",
      protocol: "TLSv1.3",
      cipher: handshake.labels["cipher"],
    });
    assert.match(String(handshake.labels["cipher"]), /^TLS_AES/);
  });

  it("shows its certificate to servers that want to know who calls", async () => {
    await using files = await folder({ ca: authority, key: keyTwo, cert: clientCertificate });
    const tls = { key: keyTwo, cert: serverOne, ca: authority, requestCert: true, rejectUnauthorized: true };
    await using server = await openServer((_, response) => response.end("1"), tls);
    const security = { caFile: files.path("ca"), keyFile: files.path("key"), certFile: files.path("cert") };
    await using client = await clientOf([server.url], { security });

    assert.equal(await client.get("/"), 1);
  });

  it("uses changed files for new connections, and reports those it cannot use", async () => {
    await using files = await folder({ ca: authority });
    await using server = await openServer((_, response) => response.end("1"), {
      key: keyTwo,
      cert: serverOne,
    });
    const errors: unknown[] = [];
    const onError = (error: unknown) => errors.push(error);
    await using client = await clientOf([server.url], { security: { caFile: files.path("ca") }, onError });
    assert.equal(await client.get("/"), 1);

    await files.reload("ca", "nothing");
    assert.equal(errors.length, 1);
    await files.reload("ca", authority2);
    (server.server as TlsServer).setSecureContext({ key: keyOne, cert: serverTwo });
    server.server.closeAllConnections();

    assert.equal(await client.get("/"), 1);
    assert.equal(errors.length, 1);
  });

  it("keeps calling when a changed configuration names files that cannot be used, and reports it", async () => {
    await using files = await folder({ ca: authority, cert: clientCertificate, key: keyOne });
    await using server = await openServer((_, response) => response.end("1"), {
      key: keyTwo,
      cert: serverOne,
    });
    const errors: unknown[] = [];
    const config = (security: SecurityConfig) => ({
      services: { widgets: { uris: [server.url], security } },
    });
    const caFile = files.path("ca");
    const followed = createRefreshable(config({ caFile }));
    await using factory = openClientFactory(followed, {
      userAgent: { primary: { name: "test", version: "1.2.3" } },
      onError: (error) => void errors.push(error),
    });
    const client = await factory.openClient("widgets");
    for (const keyFile of [files.path("missing"), files.path("key")]) {
      followed.set(config({ caFile, keyFile, certFile: files.path("cert") }));
      await factory.applied();
      assert.equal(await client.get("/"), 1);
    }

    const [missing, mismatched] = errors.map(String);
    assert.equal(errors.length, 2);
    assert.match(missing!, /services\.widgets\.security: cannot use .*ENOENT.*missing/);
    assert.match(mismatched!, /services\.widgets\.security: cannot use .*key/);
  });

  const unusable: readonly (readonly [what: string, files: Record<string, string>, reason: RegExp])[] = [
    ["a missing file", { cert: serverOne }, /^services\.widgets\.security: cannot use .*ENOENT.*key/],
    [
      "a key that is not the certificate's",
      { key: keyOne, cert: serverOne },
      /^services\.widgets\.security: cannot use .*key/,
    ],
    [
      "a file that is no PEM",
      { key: "x", cert: serverOne },
      /^services\.widgets\.security: cannot use the certificates in/,
    ],
    [
      "a certificate that is none",
      { key: keyTwo, cert: "x" },
      /^services\.widgets\.security: .*no certificate in PEM/,
    ],
  ];
  for (const [what, contents, reason] of unusable) {
    it(`does not open with ${what}, and says which service and files`, async () => {
      await using files = await folder(contents);
      const security = { keyFile: files.path("key"), certFile: files.path("cert") };

      await assert.rejects(clientOf(["https://127.0.0.1:1"], { security }), (error) => {
        assert.ok(isMillraceError(error, "invalid-options"));
        assert.match(error.message, reason);
        return true;
      });
    });
  }
});

async function folder(contents: Readonly<Record<string, string>>) {
  const path = await mkdtemp(join(tmpdir(), "millrace-security-"));
  const at = (name: string) => join(path, name);
  const replace = async (name: string, text: string) => {
    await writeFile(at(`${name}.new`), text);
    await rename(at(`${name}.new`), at(name));
  };
  for (const [name, text] of Object.entries(contents)) await replace(name, text);
  /** Replaces a file, and waits until whoever follows it has looked. */
  const reload = async (name: string, text: string) => {
    const reloaded = new Promise<void>((resolve, reject) => {
      const bound = setTimeout(() => reject(new Error("nobody looked within 20 s")), 20_000);
      const heard = tlsReloads.subscribe(({ files }) => {
        if (!files.includes(at(name))) return;
        clearTimeout(bound);
        heard[Symbol.dispose]();
        resolve();
      });
    });
    await replace(name, text);
    await reloaded;
  };
  return { path: at, reload, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
