import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { programName } from "./program-name.js";

describe("programName", () => {
  for (const [what, found, script, name] of [
    ["a script in a package", '{"name":"shop"}', "server.js", "shop.server"],
    ["a script below a package of a scope", '{"name":"@acme/shop"}', "dist/main.mjs", "acme-shop.main"],
    ["the folder of a package, as in node .", '{"name":"shop","main":"./lib/app.cjs"}', "", "shop.app"],
    ["the same without main", '{"name":"shop"}', "", "shop.index"],
    ["a script in a package without a name", "{}", "server.js", "server"],
    ["a script under a package.json that is no help", "[", "server.js", "server"],
  ] as const) {
    it(`of ${what} is ${name}`, async (t) => {
      const folder = await setup(t, found);

      assert.equal(programName(join(folder, script)), name);
    });
  }
});

async function setup(t: TestContext, text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mr-name-"));
  t.after(() => rm(folder, { recursive: true }));
  await mkdir(join(folder, "release-7"));
  await writeFile(join(folder, "release-7", "package.json"), text);
  return join(folder, "release-7");
}
