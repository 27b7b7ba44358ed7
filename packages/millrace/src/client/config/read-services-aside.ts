import { Worker } from "node:worker_threads";
import { ConfigError } from "../../config/document/issues.js";
import type { ReadServices } from "./read-services.js";
import type { AsideMessage } from "./read-services.main.js";
import type { ServiceConfig } from "./services-config.js";

const plain = { configurable: true, enumerable: true, writable: true };

/**
 * Does what `readServices` does in a thread of its own, which ends with it. What was read comes over in
 * parts, so that no part holds up this thread for long.
 *
 * @throws ConfigError when the text says what it may not
 */
export function readServicesAside(text: string, file: string): Promise<ReadServices> {
  const worker = new Worker(new URL("./read-services.main.js", import.meta.url), {
    workerData: { text, file },
  });
  return new Promise<ReadServices>((resolve, reject) => {
    const services: Record<string, ServiceConfig> = {};
    worker.on("message", (message: AsideMessage) => {
      if (message.kind === "refused") reject(new ConfigError(message.issues, file));
      else if (message.kind === "services") {
        for (const [name, value] of message.services) {
          // A name must never be taken for that of the prototype.
          Object.defineProperty(services, name, { value, ...plain });
        }
        worker.postMessage("next");
      } else {
        resolve({ config: { ...message.defaults, services }, warnings: message.warnings });
      }
    });
    worker.on("error", reject);
    worker.on("exit", () => reject(new Error("the thread that reads the configuration ended early")));
  });
}
