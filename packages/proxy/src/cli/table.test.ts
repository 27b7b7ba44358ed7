import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatTable } from "./table.js";

describe("formatTable", () => {
  it("lines up text to the left and numbers to the right", () => {
    const text = formatTable(
      ["ID", "COUNT", "WHY"],
      [
        ["a:80", 5, "fine"],
        ["longer:8080", 1234, ""],
      ],
    );

    assert.deepEqual(text.split("\n"), [
      "ID           COUNT  WHY",
      "a:80             5  fine",
      "longer:8080   1234",
    ]);
  });

  it("is a line of headings when there is nothing to show", () => {
    assert.equal(formatTable(["A", "B"], []), "A  B");
  });
});
