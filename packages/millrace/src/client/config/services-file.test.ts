import assert from "node:assert/strict";
import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ConfigError } from "../../config/document/issues.js";
import { faults } from "../../service/fault.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { readServices } from "./read-services.js";
import { openServicesFile, type ServicesFileOptions } from "./services-file.js";

describe("openServicesFile", () => {
  it("reads a file and follows it, telling of unknown keys", async () => {
    const warnings: string[] = [];
    await using file = await setup("services: {a: {uris: [http://one]}}\n", {
      onWarning: (text) => warnings.push(text),
    });
    await file.write("services: {a: {uris: [http://two], retries: 1}}\n");

    assert.deepEqual(file.config.value.services["a"]!.uris, ["http://two"]);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /services\.yaml:1:36: services\.a\.retries: unknown setting "retries"/);
  });

  it("keeps the last good configuration, and reports file, line, column and key path of what is wrong", async () => {
    const errors: unknown[] = [];
    await using file = await setup("services: {}\n", { onError: (error) => errors.push(error) });
    const before = file.config.value;
    await file.write("services:\n  a:\n    read-timeout: 5\n");

    assert.equal(file.config.value, before);
    assert.equal(errors.length, 1);
    assert.match(String(errors[0]), /services\.yaml:3:19: services\.a\.read-timeout: expected a duration/);
  });

  it("takes a file that has been emptied for one that is just being written", async () => {
    const errors: unknown[] = [];
    await using file = await setup("services: {a: {uris: [http://one]}}\n", {
      onError: (error) => errors.push(error),
    });
    await file.write("");
    assert.deepEqual(file.config.value.services["a"]!.uris, ["http://one"]);
    assert.match(
      String(errors[0]),
      /services\.yaml:1:1: expected services, found an empty file; to name none/,
    );
    await file.write("services: {}\n");

    assert.deepEqual(file.config.value.services, {});
  });

  for (const text of [
    "# services: {}\n",
    "---\n",
    "services:\n",
    "services: # all of them\n",
    "read-timeout: 1s\n",
    "services: ~\n",
  ]) {
    it(`takes ${JSON.stringify(text)} for the beginning of a file that is just being written`, async () => {
      const errors: unknown[] = [];
      await using file = await setup("services: {a: {uris: [http://one]}}\n", {
        onError: (error) => errors.push(error),
      });
      await file.write(text);

      assert.deepEqual(file.config.value.services["a"]!.uris, ["http://one"]);
      assert.match(
        String(errors[0]),
        /services\.yaml:1:1: expected services, found none; to name none, write/,
      );
    });
  }

  for (const text of ["services: {}\n", '{"services": {}}', "read-timeout: 1s\nservices: { }\n"]) {
    it(`takes all services away where a file says so: ${JSON.stringify(text)}`, async () => {
      await using file = await setup("services: {a: {uris: [http://one]}}\n", {});
      await file.write(text);

      assert.deepEqual(file.config.value.services, {});
    });
  }

  it("lets a file that has named none go on naming none", async () => {
    await using file = await setup("services:\n", {});
    await file.write("services:\nread-timeout: 1s\n");

    assert.equal(file.config.fault.value, undefined);
    assert.equal(file.config.value.readTimeoutMs, 1_000);
  });

  it("reads on where whoever hears of warnings or errors throws, and tells of that as a fault", async () => {
    const places: string[] = [];
    using _ = faults.subscribe(({ where }) => places.push(where));
    const fails = () => {
      throw new Error("a bug");
    };
    await using file = await setup("services: {a: {url: x}}\n", { onWarning: fails, onError: fails });
    await file.write("services: []\n");

    assert.deepEqual(Object.keys(file.config.value.services), ["a"]);
    assert.deepEqual(places, ["client.servicesFile.onWarning", "client.servicesFile.onError"]);
  });

  it("tells what is wrong as a fault where nobody asked to be told", async () => {
    await using file = await setup("services: {}\n", {});
    const heard: unknown[] = [];
    using _ = faults.subscribe((fault) => heard.push(fault));
    await file.write("services: []\n");

    assert.equal(heard.length, 1);
  });

  it("reads a long file aside, to the same effect", async () => {
    await using file = await setup("services: {}\n", {});
    const text = manyServices(300);
    assert.ok(text.length > 8 * 1024);
    await file.write(text);

    assert.deepEqual(file.config.value, readServices(text, file.path).config);
    assert.equal(file.config.fault.value, undefined);
  });

  it("reports what is wrong with a long file", async () => {
    const errors: unknown[] = [];
    const warnings: string[] = [];
    await using file = await setup("services: {}\n", {
      onError: (error) => errors.push(error),
      onWarning: (text) => warnings.push(text),
    });
    await file.write(`${manyServices(300)}  bad: {uris: 1}\n`);
    const [error] = errors;
    assert.ok(error instanceof ConfigError);
    assert.match(
      error.message,
      /services\.yaml:602:15: services\.bad\.uris: expected a list of URIs, found 1$/,
    );
    assert.deepEqual(error.issues[0]?.position, { line: 602, column: 15 });
    await file.write(`${manyServices(300)}  bad: {urls: []}\n`);

    assert.equal(errors.length, 1);
    assert.match(warnings[0]!, /services\.bad\.urls: unknown setting/);
  });
});

async function setup(text: string, options: ServicesFileOptions) {
  const folder = await mkdtemp(join(tmpdir(), "millrace-services-"));
  const path = join(folder, "services.yaml");
  await writeFile(path, text);
  // Looks only when asked to.
  const config = await openServicesFile(path, { clock: new VirtualClock(), ...options });
  return {
    path,
    config,
    async write(changed: string) {
      await writeFile(`${path}.new`, changed);
      await rename(`${path}.new`, path);
      await config.refresh();
    },
    async [Symbol.asyncDispose]() {
      await config.close();
      await rm(folder, { recursive: true });
    },
  };
}

function manyServices(count: number): string {
  const services = Array.from(
    { length: count },
    (_, at) => `  service-${at}:\n    uris: [http://node-${at}:80]\n`,
  );
  return `services:\n${services.join("")}`;
}
