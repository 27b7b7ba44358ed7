import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { createHealthSignals, processHealth } from "../../base/health-signals.js";
import { Scope } from "../../base/scope.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import {
  authority,
  authority2,
  firstDay,
  firstHour,
  keyOne,
  keyTwo,
  serverOne,
  yearBefore,
} from "./certificates.test.fixture.js";
import { type TlsReload, tlsExpiryQuestions, tlsReloads } from "./tls-events.js";
import { openTlsFiles, type TlsFilesOptions } from "./tls-files.js";

const hourMs = 3_600_000;
const start = Date.UTC(2026, 0, 1);

describe("openTlsFiles", () => {
  it("reads the files, and tells until when the certificate is good", async () => {
    await using tls = await setup({ ca: authority, cert: firstHour, key: keyTwo });
    assert.throws(() => tls.files.context(), /there are no certificates yet: they are being read/);
    await tls.files.whenLoaded();

    assert.ok(tls.files.context());
    assert.deepEqual([tls.files.validFrom, tls.files.expiresAt], [start, start + hourMs]);
    assert.deepEqual([tls.files.healthy.value, tls.files.lastError], [true, undefined]);
  });

  it("gives new connections a new context when a file changes, and the same while none does", async () => {
    await using tls = await setup({ cert: firstHour, key: keyTwo });
    await tls.files.whenLoaded();
    const first = tls.files.context();
    await tls.write({ cert: firstHour });
    assert.equal(tls.files.context(), first, "the same text is the same context");
    await tls.write({ cert: firstDay });

    assert.notEqual(tls.files.context(), first);
    assert.equal(tls.files.expiresAt, start + 24 * hourMs);
  });

  const bad: readonly (readonly [what: string, files: Partial<Contents>, reason: RegExp])[] = [
    ["a half-written certificate", { cert: firstDay.slice(0, 200) }, /cannot use the certificates in .*cert/],
    ["a half-written key", { key: keyTwo.slice(0, 100) }, /cannot use/],
    ["an empty certificate", { cert: "" }, /there is no certificate in PEM/],
    [
      "a key of another certificate",
      { key: keyOne },
      /the key is not that of the certificate: .*key values mismatch/,
    ],
    ["a certificate in place of its key", { key: firstHour }, /there is no key in PEM, or it is encrypted: /],
    [
      "an authority that is none",
      { ca: "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n" },
      /cannot use/,
    ],
    ["a certificate that has expired", { cert: yearBefore }, /expired at 2025-01-02T00:00:00\.000Z/],
    ["a file that is gone", { cert: undefined }, /ENOENT/],
  ];
  for (const [what, files, reason] of bad) {
    it(`keeps the old and says so for ${what}, and goes on when it is mended`, async () => {
      await using tls = await setup({ ca: authority, cert: firstHour, key: keyTwo });
      await tls.files.whenLoaded();
      const first = tls.files.context();
      await tls.write(files);
      assert.equal(tls.files.context(), first);
      assert.ok(isMillraceError(tls.files.lastError, "invalid-options"));
      assert.match(tls.files.lastError.message, reason);
      assert.doesNotMatch(tls.files.lastError.message, /PRIVATE KEY/);
      assert.equal(tls.told.at(-1)!.error, tls.files.lastError);
      await tls.write({ ca: authority2, cert: firstDay, key: keyTwo });

      assert.notEqual(tls.files.context(), first);
      assert.deepEqual([tls.files.lastError, tls.told.at(-1)!.error], [undefined, undefined]);
    });
  }

  it("waits for files that are not there yet", async () => {
    await using tls = await setup({});
    const loaded = tls.files.whenLoaded();
    await tls.files.reload();
    assert.throws(
      () => tls.files.context(),
      (error) => isMillraceError(error, "unavailable") && /ENOENT/.test(error.message),
    );
    assert.equal(tls.files.healthy.value, false);
    await tls.write({ cert: firstHour, key: keyTwo });
    await loaded;

    assert.equal(tls.files.healthy.value, true);
  });

  it("looks by itself every pollMs", async () => {
    await using tls = await setup({}, { pollMs: 5_000 });
    await tls.files.reload();
    await Promise.all([tls.place("cert", firstHour), tls.place("key", keyTwo)]);
    const loaded = tls.files.whenLoaded();
    await tls.clock.advance(5_000);
    await loaded;

    assert.equal(tls.files.healthy.value, true);
  });

  it("is unhealthy with a certificate that has expired on arrival, until a good one comes", async () => {
    await using tls = await setup({ cert: yearBefore, key: keyTwo });
    await tls.files.whenLoaded();
    assert.deepEqual([tls.files.healthy.value, tls.files.expiresAt], [false, Date.UTC(2025, 0, 2)]);
    await tls.write({ cert: firstHour });

    assert.equal(tls.files.healthy.value, true);
  });

  it("turns unhealthy 30 s before the certificate expires, and healthy when it is renewed", async () => {
    await using tls = await setup({ cert: firstHour, key: keyTwo });
    await tls.files.whenLoaded();
    const heard: boolean[] = [];
    tls.files.healthy.subscribe((healthy) => heard.push(healthy));
    await tls.clock.advance(hourMs - 30_001);
    assert.deepEqual(heard, []);
    await tls.clock.advance(1);
    assert.deepEqual(heard, [false]);
    await tls.write({ cert: firstDay });

    assert.deepEqual(heard, [false, true]);
  });

  it("is a signal of health until it is closed: unhealthy before the first load, and near the end", async () => {
    const signals = createHealthSignals({ remindMs: Infinity });
    await using tls = await setup({}, { signals, label: "client certificate" });
    await tls.files.reload();
    assert.deepEqual(signals.unhealthy, ["client certificate"]);
    await tls.write({ cert: firstHour, key: keyTwo });
    assert.deepEqual([signals.healthy.value, signals.names], [true, ["client certificate"]]);
    await tls.clock.advance(hourMs - 30_000);
    assert.deepEqual(signals.unhealthy, ["client certificate"]);
    await tls.write({ cert: firstDay });
    assert.equal(signals.healthy.value, true);
    await tls.files.close();

    assert.deepEqual(signals.names, []);
  });

  it("joins the signals of the process by the path of its first file, unless it is not to", async () => {
    await using tls = await setup({ cert: firstHour, key: keyTwo });
    await using _alone = await setup({ cert: firstHour, key: keyTwo }, { signals: false });
    const [name, ...others] = processHealth.names;
    assert.match(name!, /^certificates .*cert$/);
    assert.deepEqual(others, []);
    await tls.files.whenLoaded();

    assert.equal(processHealth.healthy.value, true);
  });

  it("answers until when its certificate is good, whenever somebody asks", async () => {
    await using tls = await setup({ cert: firstHour, key: keyTwo });
    const ask = () => {
      const answers: number[] = [];
      tlsExpiryQuestions.publish({ tell: (_, expiresAt) => answers.push(expiresAt) });
      return answers;
    };
    assert.deepEqual(ask(), []);
    await tls.files.whenLoaded();
    assert.deepEqual(ask(), [start + hourMs]);
    await tls.write({ cert: firstDay });
    assert.deepEqual(ask(), [start + 24 * hourMs]);
    await tls.files.close();

    assert.deepEqual(ask(), []);
  });

  it("is unhealthy until a certificate begins to be good", async () => {
    await using tls = await setup({ cert: firstDay, key: keyTwo });
    await tls.files.whenLoaded();
    await tls.clock.advance(hourMs / 2 - 1);
    assert.equal(tls.files.healthy.value, false);
    await tls.clock.advance(1);

    assert.equal(tls.files.healthy.value, true);
  });

  it("is healthy with authorities alone, which have no end that counts", async () => {
    await using tls = await setup({ ca: authority }, { certFile: undefined, keyFile: undefined });
    await tls.files.whenLoaded();

    assert.deepEqual([tls.files.healthy.value, tls.files.expiresAt], [true, undefined]);
  });

  it("leaves nothing when it is closed; what is in use stays", async () => {
    await using tls = await setup({ cert: firstHour, key: keyTwo });
    await tls.files.whenLoaded();
    await tls.files.close();
    await tls.files.close();
    await tls.write({ cert: serverOne });

    assert.equal(tls.clock.pending, 0);
    assert.equal(tls.files.expiresAt, start + hourMs);
  });

  it("lets go of those who wait when it is closed, and when they give up", async () => {
    await using tls = await setup({});
    const caller = new AbortController();
    const givenUp = assert.rejects(tls.files.whenLoaded(caller.signal), /changed my mind/);
    const waiting = assert.rejects(tls.files.whenLoaded(), (error) => isMillraceError(error, "closed"));
    caller.abort(new Error("changed my mind"));
    await tls.files.close();
    await Promise.all([givenUp, waiting]);

    await assert.rejects(tls.files.whenLoaded(AbortSignal.abort(new Error("late"))), /late/);
    await assert.rejects(tls.files.whenLoaded(), (error) => isMillraceError(error, "closed"));
  });

  it("rejects options out of their range at once", () => {
    const wrong: TlsFilesOptions[] = [{}, { certFile: "c" }, { keyFile: "k" }, { caFile: "a", pollMs: 0 }];
    for (const options of wrong) {
      assert.throws(
        () => openTlsFiles(options),
        (error) => isMillraceError(error, "invalid-options"),
      );
    }
  });
});

interface Contents {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

async function setup(contents: Partial<Contents>, options: Partial<TlsFilesOptions> = {}) {
  const scope = new Scope();
  const folder = await mkdtemp(join(tmpdir(), "millrace-"));
  scope.defer(() => rm(folder, { recursive: true, force: true }));
  const path = (name: string) => join(folder, name);
  const place = async (name: string, text: string | undefined) => {
    if (text === undefined) return await rm(path(name), { force: true });
    await writeFile(path(`${name}.next`), text);
    await rename(path(`${name}.next`), path(name));
  };
  for (const [name, text] of Object.entries(contents)) await place(name, text);
  const told: TlsReload[] = [];
  scope.own(tlsReloads.subscribe((reload) => told.push(reload)));
  const clock = new VirtualClock(start);
  const caFile = contents.ca === undefined ? undefined : path("ca");
  const paths = { caFile, certFile: path("cert"), keyFile: path("key") };
  const files = scope.own(openTlsFiles({ ...paths, clock, ...options }));
  const write = async (changes: Partial<Contents>) => {
    for (const [name, text] of Object.entries(changes)) await place(name, text);
    await files.reload();
  };
  return { files, clock, told, place, write, [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose]() };
}
