import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readFile, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { VirtualClock } from "../testing/virtual-clock.js";
import { createDeferred, type Deferred } from "./deferred.js";
import { isMillraceError } from "./errors.js";
import { type FileWatchOptions, openFileWatch } from "./file-watch.js";
import { Scope } from "./scope.js";

describe("openFileWatch", () => {
  it("tells of the files once at the start, and not again while they stay as they are", async () => {
    await using files = await setup({ a: "1" });
    await files.watch.check();
    await files.watch.check();

    assert.deepEqual(files.read, ["1"]);
  });

  it("tells of a file that is written, removed, made, and made readable", async () => {
    await using files = await setup({ a: "1" });
    await files.watch.check();
    await writeFile(files.path("a"), "22");
    await files.watch.check();
    await unlink(files.path("a"));
    await files.watch.check();
    await writeFile(files.path("a"), "3");
    await files.watch.check();
    await chmod(files.path("a"), 0o400);
    await files.watch.check();

    assert.deepEqual(files.read, ["1", "22", "none", "3", "3"]);
  });

  it("tells of a file that was replaced by one of the same size and time", async () => {
    await using files = await setup({ a: "1" });
    await files.watch.check();
    await writeFile(files.path("next"), "2");
    await rename(files.path("next"), files.path("a"));
    await files.watch.check();

    assert.deepEqual(files.read, ["1", "2"]);
  });

  it("tells of a folder that was swapped by its symbolic link", async () => {
    await using files = await setup({});
    for (const version of ["v1", "v2"]) {
      await mkdir(files.path(version));
      await writeFile(files.path(`${version}/a`), version);
    }
    await symlink("v1", files.path("data"));
    await symlink("data/a", files.path("a"));
    await files.watch.check();
    await symlink("v2", files.path("next"));
    await rename(files.path("next"), files.path("data"));
    await files.watch.check();

    assert.deepEqual(files.read.slice(-2), ["v1", "v2"]);
  });

  it("looks by itself every pollMs", async () => {
    await using files = await setup({ a: "1" }, { pollMs: 500 });
    await files.watch.check();
    await writeFile(files.path("a"), "22");
    const told = files.next();
    await files.clock.advance(500);
    await told;

    assert.deepEqual(files.read, ["1", "22"]);
  });

  it("makes one call at a time, and another for what changes during one", async () => {
    await using files = await setup({ a: "1" });
    await files.watch.check();
    const taking = createDeferred();
    files.takes(taking.promise);
    await writeFile(files.path("a"), "22");
    const started = files.next();
    const looked = files.watch.check();
    await started;
    await writeFile(files.path("a"), "333");
    assert.equal(files.watch.check(), looked);
    assert.deepEqual(files.read, ["1", "22"]);
    taking.resolve();
    await looked;

    assert.deepEqual(files.read, ["1", "22", "333"]);
  });

  it("leaves nothing once it is disposed of, and tells nothing", async () => {
    await using files = await setup({ a: "1" });
    await files.watch.check();
    await writeFile(files.path("a"), "22");
    const looking = files.watch.check();
    files.watch[Symbol.dispose]();
    await looking;
    await files.watch.check();

    assert.deepEqual(files.read, ["1"]);
    assert.equal(files.clock.pending, 0);
  });

  it("rejects a time between looks that is not positive, and a negative one to hold still", () => {
    for (const options of [{ pollMs: 0 }, { settleMs: -1 }]) {
      assert.throws(
        () => openFileWatch({ paths: [], ...options }, () => {}),
        (error) => isMillraceError(error, "invalid-options"),
      );
    }
  });
});

describe("openFileWatch, of files that must hold still", () => {
  it("tells of one that is written in two steps when it is whole", async () => {
    await using files = await setup({ a: "1" }, { pollMs: 90, settleMs: 100 });
    await files.watch.check();
    for (const step of ["", "2", "22"]) {
      await writeFile(files.path("a"), step);
      const looked = files.clock.next(90);
      await files.clock.advance(90);
      await looked;
    }
    assert.deepEqual(files.read, ["1"]);
    while (files.read.length < 2) await files.clock.advance(50);

    assert.deepEqual(files.read, ["1", "22"]);
  });

  it("tells at once whoever asks", async () => {
    await using files = await setup({ a: "1" }, { pollMs: 90, settleMs: 100 });
    await files.watch.check();
    await writeFile(files.path("a"), "22");
    const looked = files.clock.next(90);
    await files.clock.advance(90);
    await looked;
    assert.deepEqual(files.read, ["1"]);
    await files.watch.check();

    assert.deepEqual(files.read, ["1", "22"]);
  });

  it("tells of one that never holds still in the end", async () => {
    await using files = await setup({ a: "1" }, { pollMs: 500, settleMs: 100 });
    await files.watch.check();
    for (let step = 0; files.read.length < 2 && step < 10_000; step += 1) {
      await writeFile(files.path("a"), `${step}`);
      await files.clock.advance(50);
    }

    assert.equal(files.read.length, 2);
  });

  it("leaves nothing of a change that was not over when it is disposed of", async () => {
    await using files = await setup({ a: "1" }, { pollMs: 90, settleMs: 100 });
    await files.watch.check();
    await writeFile(files.path("a"), "22");
    const looked = files.clock.next(90);
    await files.clock.advance(90);
    await looked;
    files.watch[Symbol.dispose]();

    assert.deepEqual([files.read, files.clock.pending], [["1"], 0]);
  });
});

describe("openFileWatch, told by the system", { skip: process.platform !== "linux" }, () => {
  it("looks before the time", async () => {
    await using files = await setup({ a: "1" }, { pollMs: 3_600_000 });
    await files.watch.check();
    const told = files.next();
    await writeFile(files.path("a"), "22");
    // The system tells in its own time: each step lets a little of that pass.
    for (let step = 0; files.read.length < 2 && step < 10_000; step += 1) await files.clock.advance(50);
    await told;

    assert.deepEqual(files.read, ["1", "22"]);
  });
});

/** A clock that says when somebody has begun to wait. */
class ListeningClock extends VirtualClock {
  readonly #waits = new Map<number, Deferred<void>>();

  /** Settles when a task is scheduled for so many milliseconds on. */
  next(delayMs: number): Promise<void> {
    const wait = createDeferred();
    this.#waits.set(delayMs, wait);
    return wait.promise;
  }

  override schedule(...[delayMs, ...rest]: Parameters<VirtualClock["schedule"]>) {
    this.#waits.get(delayMs)?.resolve();
    return super.schedule(delayMs, ...rest);
  }
}

async function setup(
  contents: Readonly<Record<string, string>>,
  options: Pick<FileWatchOptions, "pollMs" | "settleMs"> = {},
) {
  const folder = await mkdtemp(join(tmpdir(), "millrace-"));
  const path = (name: string) => join(folder, name);
  for (const [name, text] of Object.entries(contents)) await writeFile(path(name), text);
  const scope = new Scope();
  scope.defer(() => rm(folder, { recursive: true, force: true }));
  const clock = new ListeningClock();
  const read: string[] = [];
  let told = createDeferred();
  let taken = Promise.resolve();
  const watch = scope.own(
    openFileWatch({ paths: [path("a")], clock, ...options }, async () => {
      read.push(await readFile(path("a"), "utf8").catch(() => "none"));
      told.resolve();
      told = createDeferred();
      await taken;
    }),
  );
  return {
    path,
    clock,
    read,
    watch,
    next: () => told.promise,
    takes: (promise: Promise<void>) => void (taken = promise),
    [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
  };
}
