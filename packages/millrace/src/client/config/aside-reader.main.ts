// Reads configurations of services in a thread of its own, for aside-reader.ts.
import { setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { ConfigError, type ConfigIssue } from "../../config/document/issues.js";
import { readServices } from "./read-services.js";
import type { ServiceConfig, ServiceDefaults } from "./services-config.js";

/** What the thread says. */
export type AsideMessage =
  | { readonly kind: "services"; readonly services: readonly (readonly [string, ServiceConfig])[] }
  | { readonly kind: "rest"; readonly defaults: ServiceDefaults; readonly warnings: readonly string[] }
  | { readonly kind: "refused"; readonly issues: readonly ConfigIssue[] };

const servicesAtOnce = 50;
/** How much less of a processor it gets that others want too: a tenth of their share, in Linux' measure. */
const politeness = 10;

const file = workerData as string;
// Calls go before it. Elsewhere this would be the priority of the whole process.
if (process.platform === "linux") setPriority(politeness);
let messages: Iterator<AsideMessage, void> | undefined;
// A text begins a reading. Then a part at a time, each when the last has been taken.
parentPort!.on("message", (text: string | undefined) => {
  if (text !== undefined) messages = read(text);
  const { value } = messages!.next();
  if (value) parentPort!.postMessage(value);
});

function* read(text: string): Generator<AsideMessage, void> {
  try {
    const { config, warnings } = readServices(text, file);
    const { services, ...defaults } = config;
    const entries = Object.entries(services);
    for (let at = 0; at < entries.length; at += servicesAtOnce) {
      yield { kind: "services", services: entries.slice(at, at + servicesAtOnce) };
    }
    yield { kind: "rest", defaults, warnings };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    yield { kind: "refused", issues: error.issues };
  }
}
