import assert from "node:assert/strict";
import { appendFile, mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import {
  type FileRefreshable,
  type FileRefreshableOptions,
  openFileRefreshable,
} from "./file-refreshable.js";

describe("openFileRefreshable", () => {
  it("begins with what the file says", async () => {
    await using folder = await temporaryFolder();
    await folder.write("n.txt", "1");
    await using number = await open(folder.path("n.txt"));

    assert.equal(number.value, 1);
    assert.equal(number.fault.value, undefined);
  });

  it("fails to open without a file, and with one that cannot be used", async () => {
    await using folder = await temporaryFolder();
    await folder.write("bad.txt", "one");

    await assert.rejects(open(folder.path("n.txt")), (error) => {
      assert.ok(isMillraceError(error, "invalid-options"));
      assert.match(error.message, /n\.txt: there is no such file$/);
      return true;
    });
    await assert.rejects(open(folder.path("bad.txt")), /bad\.txt: no number: one/);
  });

  it("hears of a file that is written to, without being asked to look", async () => {
    await using folder = await temporaryFolder();
    await folder.write("n.txt", "1");
    await using number = await open(folder.path("n.txt"));
    const changed = next(number);
    await folder.write("n.txt", "2");

    assert.equal(await changed, 2);
  });

  it("hears of a file that is replaced", async () => {
    await using folder = await temporaryFolder();
    await folder.write("n.txt", "1");
    await using number = await open(folder.path("n.txt"));
    for (const expected of [2, 3, 4]) {
      const changed = next(number);
      await folder.replace("n.txt", `${expected}`);
      assert.equal(await changed, expected);
    }
  });

  it("hears of links that are swapped the way Kubernetes swaps those of a ConfigMap", async () => {
    await using folder = await temporaryFolder();
    await folder.configMap("first", "1");
    await symlink("..data/n.txt", folder.path("n.txt"));
    await using number = await open(folder.path("n.txt"));
    for (const expected of [2, 3]) {
      const changed = next(number);
      await folder.configMap(`version-${expected}`, `${expected}`);
      assert.equal(await changed, expected);
    }
  });

  it("looks from time to time where the system reports nothing", async () => {
    await using folder = await temporaryFolder();
    const clock = new VirtualClock();
    await mkdir(folder.path("a"));
    await mkdir(folder.path("b"));
    await folder.write("a/n.txt", "1");
    await folder.write("b/n.txt", "2");
    await symlink("a", folder.path("current"));
    await using number = await open(folder.path("current/n.txt"), { clock, pollMs: 1_000 });
    const changed = next(number);
    await symlink("b", folder.path("next"));
    await rename(folder.path("next"), folder.path("current"));
    while (number.value === 1) await clock.advance(100);

    assert.equal(await changed, 2);
  });

  it("takes a file that is written in two steps when it is whole", async () => {
    await using folder = await temporaryFolder();
    const clock = new VirtualClock();
    await folder.write("n.txt", "1");
    await using number = await open(folder.path("n.txt"), { clock, pollMs: 10 });
    const heard: number[] = [];
    number.subscribe((value) => heard.push(value));
    await folder.write("n.txt", "2");
    for (let step = 0; step < 9; step += 1) {
      await clock.advance(10);
      // Whoever looks gets its turn.
      await readFile(folder.path("n.txt"));
    }
    await appendFile(folder.path("n.txt"), "3");
    // Each step lets a little of the system's time pass.
    for (let step = 0; heard.length === 0 && step < 100_000; step += 1) await clock.advance(10);

    assert.deepEqual(heard, [23]);
  });

  it("keeps the last good value, reports what is wrong once, and recovers", async () => {
    await using folder = await temporaryFolder();
    const errors: unknown[] = [];
    await folder.write("n.txt", "1");
    await using number = await open(folder.path("n.txt"), quiet({ onError: (error) => errors.push(error) }));
    await folder.replace("n.txt", "two");
    await number.refresh();
    await number.refresh();
    assert.equal(number.value, 1);
    assert.match(String(number.fault.value), /no number: two/);

    await folder.replace("n.txt", "3");
    await number.refresh();

    assert.equal(number.value, 3);
    assert.equal(number.fault.value, undefined);
    assert.equal(errors.length, 1);
  });

  it("survives a file that goes away for a while", async () => {
    await using folder = await temporaryFolder();
    const errors: unknown[] = [];
    await folder.write("n.txt", "1");
    await using number = await open(folder.path("n.txt"), quiet({ onError: (error) => errors.push(error) }));
    await rm(folder.path("n.txt"));
    await number.refresh();
    await number.refresh();
    assert.match(String(number.fault.value), /there is no such file/);
    await folder.write("n.txt", "1");
    await number.refresh();

    assert.equal(number.fault.value, undefined);
    assert.equal(number.value, 1);
    assert.equal(errors.length, 1);
  });

  it("reads nothing twice, and tells nobody of a file that says the same", async () => {
    await using folder = await temporaryFolder();
    let reads = 0;
    await folder.write("n.txt", "1");
    const read = (text: string) => {
      reads += 1;
      return Number(text);
    };
    await using number = await openFileRefreshable(folder.path("n.txt"), quiet({ read }));
    number.subscribe(() => assert.fail("nothing changed"));
    await number.refresh();
    await folder.replace("n.txt", "1");
    await number.refresh();

    assert.equal(reads, 1);
  });

  it("takes a slow reading's time, and shows the last text in the end", async () => {
    await using folder = await temporaryFolder();
    await folder.write("n.txt", "1");
    const read = async (text: string) => {
      await new Promise((resolve) => setImmediate(resolve));
      return Number(text);
    };
    await using number = await openFileRefreshable(folder.path("n.txt"), quiet({ read }));
    const looks: Promise<void>[] = [];
    for (let value = 2; value <= 20; value += 1) {
      await folder.replace("n.txt", `${value}`);
      looks.push(number.refresh());
    }
    await Promise.all(looks);

    assert.equal(number.value, 20);
  });

  it("lets go of what reads, once, when it is closed or cannot be opened", async () => {
    await using folder = await temporaryFolder();
    let released = 0;
    const release = () => void (released += 1);
    await assert.rejects(open(folder.path("n.txt"), { release }));
    assert.equal(released, 1);
    await folder.write("n.txt", "1");
    const number = await open(folder.path("n.txt"), { clock: new VirtualClock(), release });
    assert.equal(released, 1);
    await number.close();
    await number.close();

    assert.equal(released, 2);
  });

  it("leaves no timer and hears nothing more once closed", async () => {
    await using folder = await temporaryFolder();
    const clock = new VirtualClock();
    await folder.write("n.txt", "1");
    const number = await open(folder.path("n.txt"), { clock });
    await number.close();
    await number.close();
    await folder.replace("n.txt", "2");
    await number.refresh();

    assert.equal(number.value, 1);
    assert.equal(clock.pending, 0);
  });

  it("takes no text in another encoding for one in UTF-8", async () => {
    await using folder = await temporaryFolder();
    const wrong = [Buffer.from("\ufeffa: 1", "utf16le"), Buffer.from("name: J\u00fcrgen", "latin1")];
    for (const content of wrong) {
      await writeFile(folder.path("n.txt"), content);
      await assert.rejects(
        open(folder.path("n.txt"), { read: (text) => text.length }),
        (error) =>
          isMillraceError(error, "invalid-options") &&
          error.message.endsWith("n.txt: this is no text in UTF-8"),
      );
    }
  });

  it("says why a file cannot be read", async () => {
    await using folder = await temporaryFolder();
    await folder.write("n.txt", "1");
    await symlink(folder.path("loop.txt"), folder.path("loop.txt"));
    const wrong: readonly (readonly [file: string, reason: string])[] = [
      ["none.txt", "there is no such file"],
      ["n.txt/x", "there is no such file"],
      [".", "this is a folder, not a file"],
      ["loop.txt", "its links lead to no file"],
      ["x".repeat(300), "no file can have this name"],
      ["a\0b", "this is no name of a file"],
    ];
    for (const [name, reason] of wrong) {
      const file = folder.path(name);
      await assert.rejects(open(file), (error) => {
        return isMillraceError(error, "invalid-options") && error.message === `${file}: ${reason}`;
      });
    }
  });

  it("rejects options out of their range", async () => {
    await using folder = await temporaryFolder();
    await folder.write("n.txt", "1");

    await assert.rejects(open(folder.path("n.txt"), { pollMs: 0 }), /pollMs: expected a positive number/);
    await assert.rejects(open(folder.path("n.txt"), { settleMs: 1e6 }), /settleMs: expected a number from 0/);
  });
});

function open(file: string, options: Partial<FileRefreshableOptions<number>> = {}) {
  return openFileRefreshable(file, { read: readNumber, ...options });
}

/** Looks at the file only when asked to. */
function quiet<T>(options: T) {
  return { read: readNumber, clock: new VirtualClock(), ...options };
}

function readNumber(text: string, file: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${file}: no number: ${text}`);
  return Number(text);
}

function next<T>(setting: FileRefreshable<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    // Keeps the process alive meanwhile, which a setting does not.
    const bound = setTimeout(() => reject(new Error("no change within 20 s")), 20_000);
    const subscription = setting.subscribe((value) => {
      clearTimeout(bound);
      subscription[Symbol.dispose]();
      resolve(value);
    });
  });
}

async function temporaryFolder() {
  const folder = await mkdtemp(join(tmpdir(), "millrace-config-"));
  const path = (name: string) => join(folder, name);
  const replace = async (name: string, text: string) => {
    await writeFile(path(`${name}.new`), text);
    await rename(path(`${name}.new`), path(name));
  };
  return {
    path,
    replace,
    write: (name: string, text: string) => writeFile(path(name), text),
    /** Points `..data` at a new folder with one file, as an atomic swap. */
    async configMap(version: string, text: string) {
      await mkdir(path(version));
      await writeFile(path(`${version}/n.txt`), text);
      await symlink(version, path("..data_tmp"));
      await rename(path("..data_tmp"), path("..data"));
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}
