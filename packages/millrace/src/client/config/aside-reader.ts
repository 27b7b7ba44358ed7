import { Worker } from "node:worker_threads";
import { closedError } from "../../base/errors.js";
import { ConfigError } from "../../config/document/issues.js";
import type { AsideMessage } from "./aside-reader.main.js";
import type { ReadServices } from "./read-services.js";
import type { ServiceConfig } from "./services-config.js";

interface Reading {
  readonly services: Record<string, ServiceConfig>;
  resolve(read: ReadServices): void;
  reject(error: unknown): void;
}

const plain = { configurable: true, enumerable: true, writable: true };

/**
 * Does what `readServices` does in a thread of its own. What was read comes over in parts, so that no part
 * holds up this thread for long.
 *
 * The thread stays for the next text. To start one, and to read with code that was never run before, costs
 * more than reading: it is work on all processors, and whoever serves calls on one would wait for it.
 */
export class AsideReader implements Disposable {
  readonly #file: string;
  #thread: Worker | undefined;
  #reading: Reading | undefined;
  #closed = false;

  constructor(file: string) {
    this.#file = file;
  }

  /**
   * Reads a text. One at a time.
   *
   * @throws ConfigError when the text says what it may not, MillraceError `closed` when the reader is closed
   */
  read(text: string): Promise<ReadServices> {
    return new Promise<ReadServices>((resolve, reject) => {
      if (this.#closed) return reject(closedError(`the reader of ${this.#file}`));
      this.#reading = { services: {}, resolve, reject };
      this.#thread ??= this.#start();
      // Only a read that somebody waits for keeps the process.
      this.#thread.ref();
      this.#thread.postMessage(text);
    });
  }

  /** Ends the thread. A read under way fails. Idempotent. */
  [Symbol.dispose](): void {
    this.#closed = true;
    void this.#thread?.terminate();
    this.#end()?.reject(closedError(`the reader of ${this.#file}`));
  }

  #start(): Worker {
    const thread = new Worker(new URL("./aside-reader.main.js", import.meta.url), {
      workerData: this.#file,
    });
    const lost = (error: unknown) => {
      if (this.#thread === thread) this.#thread = undefined;
      this.#end()?.reject(error);
    };
    thread.on("message", (message: AsideMessage) => this.#take(message));
    thread.on("error", lost);
    thread.on("exit", () => lost(new Error("the thread that reads the configuration ended early")));
    return thread;
  }

  #take(message: AsideMessage): void {
    const reading = this.#reading;
    if (!reading) return;
    if (message.kind === "services") {
      for (const [name, value] of message.services) {
        // A name must never be taken for that of the prototype.
        Object.defineProperty(reading.services, name, { value, ...plain });
      }
      this.#thread!.postMessage(undefined);
      return;
    }
    this.#end();
    if (message.kind === "refused") reading.reject(new ConfigError(message.issues, this.#file));
    else {
      const { defaults, warnings } = message;
      reading.resolve({ config: { ...defaults, services: reading.services }, warnings });
    }
  }

  #end(): Reading | undefined {
    const reading = this.#reading;
    this.#reading = undefined;
    this.#thread?.unref();
    return reading;
  }
}
