import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { duplexPair } from "node:stream";
import { describe, it } from "node:test";
import { connect, rootCertificates, type SecureContext, TLSSocket } from "node:tls";
import { systemClock } from "../../base/clock.js";
import { authority, keyTwo, serverOne } from "../../channel/tls/certificates.test.fixture.js";
import { openSecurity } from "./security.js";

describe("openSecurity", () => {
  it("trusts the authorities of ca-file beside those that Node comes with", async () => {
    await using files = await folder({ ca: authority, key: keyTwo, cert: serverOne });
    const config = { caFile: files.path("ca"), keyFile: files.path("key"), certFile: files.path("cert") };
    await using security = await openSecurity(config, { clock: systemClock, onError: assert.ifError });
    const { secureContext } = security.tls;
    assert.ok(typeof secureContext === "function");
    const told = await toldToClient(secureContext());

    for (const trusted of [authority, rootCertificates[0]!, rootCertificates.at(-1)!]) {
      assert.ok(told.includes(nameOf(trusted)), `${nameOf(trusted)} is not trusted`);
    }
  });
});

/**
 * What a server with this context says to begin with. When it wants to know who calls, that has the names of the
 * authorities it trusts, and before TLS 1.3 in the clear: nothing else of Node shows whom a context trusts.
 */
async function toldToClient(secureContext: SecureContext): Promise<string> {
  const [serverSide, fromServer] = duplexPair();
  const [toClient, clientSide] = duplexPair();
  const told: Buffer[] = [];
  fromServer.on("data", (chunk: Buffer) => {
    told.push(chunk);
    toClient.write(chunk);
  });
  toClient.on("data", (chunk: Buffer) => void fromServer.write(chunk));
  const options = { isServer: true, secureContext, requestCert: true, rejectUnauthorized: false };
  const server = new TLSSocket(serverSide, options);
  const client = connect({ socket: clientSide, maxVersion: "TLSv1.2", rejectUnauthorized: false });
  await once(client, "secureConnect");
  client.destroy();
  server.destroy();
  return Buffer.concat(told).toString("latin1");
}

/** The last part of the name of who a certificate is for, as it is in certificates. */
function nameOf(pem: string): string {
  const name = new X509Certificate(pem).subject.split("\n").at(-1)!.replace(/^\w+=/, "");
  return Buffer.from(name, "utf8").toString("latin1");
}

async function folder(contents: Readonly<Record<string, string>>) {
  const path = await mkdtemp(join(tmpdir(), "millrace-security-"));
  for (const [name, text] of Object.entries(contents)) await writeFile(join(path, name), text);
  return {
    path: (name: string) => join(path, name),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true }),
  };
}
