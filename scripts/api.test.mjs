import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { apiFile, apiReport } from "./api-report.mjs";
import { packages } from "./root.mjs";

describe("the public surface", () => {
  for (const folder of packages) {
    const file = apiFile(folder);
    it(`of packages/${folder} is what api.txt says`, { skip: !existsSync(file) && "no api.txt yet" }, () => {
      assert.equal(
        apiReport(folder),
        readFileSync(file, "utf8"),
        "run `npm run api`, and review what changed",
      );
    });
  }
});
