import type { ResponseCase } from "./cases.js";
import { bodilessCases } from "./responses/bodiless.js";
import { fieldCases } from "./responses/fields.js";
import { framingCases } from "./responses/framing.js";
import { statusLineCases } from "./responses/status-line.js";

/** Every raw response, by what it is about. */
export const responseCases: ReadonlyMap<string, readonly ResponseCase[]> = new Map([
  ["status line", statusLineCases],
  ["fields", fieldCases],
  ["framing", framingCases],
  ["without content", bodilessCases],
]);
