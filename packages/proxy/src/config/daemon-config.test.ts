import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { after, before, describe, it } from "node:test";
import { daemonConfig, loadDaemonConfig } from "./daemon-config.js";

describe("daemonConfig", () => {
  it("listens on 8080 everywhere, and administers on loopback only", () => {
    const { listen, admin, workers } = daemonConfig({});

    assert.deepEqual(listen, [{ address: { host: "0.0.0.0", port: 8080 } }]);
    assert.deepEqual(admin, { host: "127.0.0.1", port: 8687 });
    assert.equal(workers, undefined);
  });

  it("refuses an address that is there twice, unless the system chooses the port", () => {
    const any = "127.0.0.1:0";
    assert.throws(
      () => daemonConfig({ listen: [":1", "0.0.0.0:1"] }),
      /listen\[1\]: 0\.0\.0\.0:1 is there twice/,
    );
    assert.throws(() => daemonConfig({ listen: ":1", admin: ":1" }), { code: "invalid-options" });

    assert.equal(daemonConfig({ listen: [any, any], admin: any }).listen.length, 2);
  });

  it("can go without an admin API", () => {
    assert.equal(daemonConfig({ admin: false }).admin, undefined);
  });

  it("keeps the live settings apart, as they were written", () => {
    assert.deepEqual(daemonConfig({ listen: ":1", drain: "5s" }).tunables, { drain: "5s" });
  });
});

describe("loadDaemonConfig", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "millrace-config-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("lays flags over the file, and puts their servers together", async () => {
    const file = join(folder, "a.yaml");
    await writeFile(file, "listen: ':1'\nworkers: 2\nservers: [{url: 'http://a'}]\n");
    const config = await loadDaemonConfig({ listen: ":2", servers: [{ url: "http://b" }] }, file);

    assert.equal(config.listen[0]!.address.port, 2);
    assert.equal(config.workers, 2);
    assert.deepEqual(
      config.servers.map(({ id }) => id),
      ["a:80", "b:80"],
    );
  });

  it("lets a flag change no more than it names", async () => {
    const file = join(folder, "c.yaml");
    await writeFile(
      file,
      "listen: 127.0.0.1:1\nlog: {format: json}\nhandoff: {name: x}\nservers: [{url: 'http://a', weight: 2}]\n",
    );
    const config = await loadDaemonConfig(
      {
        listen: "127.0.0.1:0",
        log: { level: "debug" },
        handoff: { pidFile: "/p" },
        servers: [{ url: "http://A:80/" }],
      },
      file,
    );

    assert.deepEqual(config.log, { level: "debug", format: "json" });
    assert.equal(config.handoff?.name, "x");
    assert.deepEqual(
      config.servers.map(({ id, weight }) => [id, weight]),
      [["a:80", 2]],
    );
    // What the flags leave to the file does not stand against them.
    assert.equal((await loadDaemonConfig({ admin: "0.0.0.0:8080" }, file)).admin?.port, 8080);
  });

  it("takes file names in the file from its folder, and those of flags from here", async () => {
    const file = join(folder, "b.yaml");
    await writeFile(file, "state: pool.json\nlisten: [{address: ':1', tls: {cert: c.pem, key: /k.pem}}]\n");
    const config = await loadDaemonConfig({}, file);

    assert.equal(config.stateFile, join(folder, "pool.json"));
    assert.deepEqual(config.listen[0]!.tls, { certFile: join(folder, "c.pem"), keyFile: "/k.pem" });
    assert.equal((await loadDaemonConfig({ state: "x.json" }, file)).stateFile, resolve("x.json"));
  });

  it("says which file is missing", async () => {
    await assert.rejects(
      loadDaemonConfig({}, join(folder, "none.yaml")),
      /none\.yaml: there is no such file/,
    );
  });
});
