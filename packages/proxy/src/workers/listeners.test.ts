import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Scope, systemClock } from "millrace/base";
import { certificate, renewed } from "../e2e/certificates.js";
import type { Log } from "../logging.js";
import { openListenerRecords } from "./listeners.js";

const address = { host: "127.0.0.1", port: 8443 };

describe("openListenerRecords", () => {
  it("reads certificates before anything starts", async () => {
    await using place = await setup();
    await place.write(certificate);
    await using records = await place.open();

    assert.deepEqual(records.all, [
      { address: "127.0.0.1:8080" },
      { address: "127.0.0.1:8443", tls: certificate },
    ]);
    assert.equal(records.usable, true);
  });

  it("refuses a certificate that is not there, and one that is none", async () => {
    await using place = await setup();
    await assert.rejects(
      place.open(),
      /^MillraceError: the certificate for 127\.0\.0\.1:8443 cannot be used: ENOENT/,
    );
    await place.write({ ...certificate, key: renewed.key });

    await assert.rejects(
      place.open(),
      /^MillraceError: the certificate for 127\.0\.0\.1:8443 cannot be used: .*key values mismatch/,
    );
  });

  it("tells of another certificate, and describes addresses with it from then on", async () => {
    await using place = await setup();
    await place.write(certificate);
    await using records = await place.open();
    const told: unknown[] = [];
    records.onChange((index, tls) => told.push([index, tls]));
    await place.write(renewed);
    await records.reload();
    await records.reload();

    assert.deepEqual(told, [[1, renewed]]);
    assert.deepEqual(records.all[1], { address: "127.0.0.1:8443", tls: renewed });
    assert.deepEqual(place.lines, ["info: clients get a new certificate"]);
  });

  it("keeps the certificate when its files turn bad, and says so until they are good again", async () => {
    await using place = await setup();
    await place.write(certificate);
    await using records = await place.open();
    await place.write({ ...renewed, cert: renewed.cert.slice(0, 200) });
    await records.reload();
    const [bad] = records.certificates;
    assert.deepEqual(records.all[1]!.tls, certificate);
    assert.equal(bad!.stale, true);
    await place.write(renewed);
    await records.reload();

    assert.deepEqual(records.certificates, [
      { address: "127.0.0.1:8443", expiresAt: Date.UTC(2126, 0, 1), stale: false },
    ]);
    assert.deepEqual(
      new Set(place.lines),
      new Set(["warn: clients get the old certificate still", "info: clients get a new certificate"]),
    );
  });

  it("tells nobody once it is closed", async () => {
    await using place = await setup();
    await place.write(certificate);
    const records = await place.open();
    records.onChange(() => assert.fail("told"));
    await records[Symbol.asyncDispose]();
    await place.write(renewed);
    await records.reload();

    assert.deepEqual(place.lines, []);
  });
});

/** A folder for a certificate, and addresses that name it: a plain one, and one with TLS. */
async function setup() {
  const scope = new Scope();
  const folder = await mkdtemp(join(tmpdir(), "millrace-listeners-"));
  scope.defer(() => rm(folder, { recursive: true }));
  const tls = { certFile: join(folder, "cert.pem"), keyFile: join(folder, "key.pem") };
  const lines: string[] = [];
  const line = (level: string) => (_fields: object, message: string) =>
    void lines.push(`${level}: ${message}`);
  const log: Log = { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
  const specs = [{ address: { ...address, port: 8080 } }, { address, tls }];
  return {
    lines,
    open: () => openListenerRecords(specs, { clock: systemClock, log }),
    write: async ({ cert, key }: { readonly cert: string; readonly key: string }) => {
      await Promise.all([writeFile(tls.certFile, cert), writeFile(tls.keyFile, key)]);
    },
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}
