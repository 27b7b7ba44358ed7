import assert from "node:assert/strict";
import { mkdir, mkdtemp, rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { Scope } from "../../base/scope.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import { createFileResolver } from "./file.js";
import { WaitingListener } from "./recorded.test.fixture.js";

describe("createFileResolver", () => {
  it("tells the addresses of a file, and again when it is replaced", async () => {
    await using file = await setup("# ours\n10.0.0.1:80\n10.0.0.2:80 weight=3\n");
    assert.equal(await file.next(), "10.0.0.1:80 10.0.0.2:80");
    assert.deepEqual(
      file.listener.addresses.map(({ weight }) => weight),
      [undefined, 3],
    );
    await file.replace('["10.0.0.3:80", {"address": "unix:/run/x.sock", "weight": 2}]');

    assert.equal(await file.afterPoll(), "10.0.0.3:80 unix:/run/x.sock");
  });

  it("follows a folder that is swapped by its symbolic link", async () => {
    await using file = await setup(undefined);
    assert.match(await file.next(), /^failed: .*ENOENT/);
    for (const version of ["1", "2"]) {
      await mkdir(file.path(`v${version}`));
      await writeFile(file.path(`v${version}/list`), `10.0.0.${version}:80`);
    }
    await symlink("v1", file.path("data"));
    await symlink("data/list", file.path("list"));
    assert.equal(await file.afterPoll(), "10.0.0.1:80");
    await symlink("v2", file.path("next"));
    await rename(file.path("next"), file.path("data"));

    assert.equal(await file.afterPoll(), "10.0.0.2:80");
  });

  it("reports a file that is missing, empty or wrong, and says nothing against what was told", async () => {
    await using file = await setup("10.0.0.1:80");
    await file.next();
    await unlink(file.path("list"));
    assert.match(await file.afterPoll(), /^failed: cannot read file:.*ENOENT/);
    for (const [content, reason] of [
      ["# nothing\n", /has no addresses$/],
      ["10.0.0.1:80\na.test:80", /line 2: expected an address like .* found a\.test:80$/],
      ["10.0.0.1:80 weight=0", /line 1: expected a weight that is a positive number, found 0$/],
      ["10.0.0.1:80 10.0.0.2:80", /line 1: expected a weight/],
      ["10.0.0.1:80 weight=1 x", /line 1: expected an address and at most a weight/],
      ['["10.0.0.1:80"', /expected a JSON list/],
      ['["10.0.0.1:80", 7]', /\[1\]: expected an address, or/],
      ['[{"address": "10.0.0.1:80", "weight": "2"}]', /\[0\]: expected a weight/],
      ["[]", /has no addresses$/],
    ] as const) {
      await file.replace(content);
      assert.match(await file.afterPoll(), reason, content);
    }

    assert.equal(file.listener.addresses.length, 1);
  });

  it("looks at once when it is asked to", async () => {
    await using file = await setup("10.0.0.1:80");
    await file.next();
    await file.replace("10.0.0.2:80");
    const told = file.next();
    file.resolution.refresh();

    assert.equal(await told, "10.0.0.2:80");
  });

  it("leaves nothing when it is disposed of, and tells nothing more", async () => {
    await using file = await setup("10.0.0.1:80");
    file.resolution[Symbol.dispose]();
    await writeFile(file.path("list"), "10.0.0.2:80");
    file.resolution.refresh();
    await file.clock.advance(60_000);

    assert.deepEqual([file.listener.told, file.clock.pending], [[], 0]);
  });

  it("rejects options out of their range at once", () => {
    for (const options of [{ path: "" }, { path: "x", pollMs: 0 }]) {
      assert.throws(
        () => createFileResolver(options),
        (error) => isMillraceError(error, "invalid-options"),
      );
    }
  });
});

async function setup(content: string | undefined) {
  const scope = new Scope();
  const folder = await mkdtemp(join(tmpdir(), "millrace-"));
  scope.defer(() => rm(folder, { recursive: true, force: true }));
  const path = (name: string) => join(folder, name);
  if (content !== undefined) await writeFile(path("list"), content);
  const clock = new VirtualClock();
  const listener = new WaitingListener();
  const resolution = scope.own(
    createFileResolver({ path: path("list"), clock, pollMs: 1_000 }).watch(listener),
  );
  const replace = async (text: string) => {
    await writeFile(path("new"), text);
    await rename(path("new"), path("list"));
  };
  const afterPoll = async () => {
    const told = listener.next();
    await clock.advance(1_000);
    return await told;
  };
  const close = () => scope[Symbol.asyncDispose]();
  return {
    path,
    clock,
    listener,
    resolution,
    replace,
    afterPoll,
    next: () => listener.next(),
    [Symbol.asyncDispose]: close,
  };
}
