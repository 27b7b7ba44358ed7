import type { RequestCase } from "./cases.js";
import { chunkedCases } from "./requests/chunked.js";
import { connectionCases } from "./requests/connection.js";
import { cveCases } from "./requests/cves.js";
import { expectAndUpgradeCases } from "./requests/expect-upgrade.js";
import { fieldCases } from "./requests/fields.js";
import { framingCases } from "./requests/framing.js";
import { hostCases } from "./requests/host.js";
import { limitCases } from "./requests/limits.js";
import { requestLineCases } from "./requests/request-line.js";
import { smugglingCases } from "./requests/smuggling.js";
import { targetCases } from "./requests/target.js";
import { trailerCases } from "./requests/trailers.js";

/** Every raw request, by what it is about. */
export const requestCases: ReadonlyMap<string, readonly RequestCase[]> = new Map([
  ["request line", requestLineCases],
  ["target", targetCases],
  ["Host", hostCases],
  ["fields", fieldCases],
  ["framing", framingCases],
  ["chunked coding", chunkedCases],
  ["trailers", trailerCases],
  ["connection", connectionCases],
  ["expectations and upgrades", expectAndUpgradeCases],
  ["limits", limitCases],
  ["smuggling", smugglingCases],
  ["known breaks", cveCases],
]);
