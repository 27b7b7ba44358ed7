import { createDeferred } from "../../base/deferred.js";
import { type Address, addressKey } from "./address.js";
import type { ResolutionListener } from "./resolver.js";

/** Writes down what a resolver tells: `10.0.0.1:80 10.0.0.2:80`, `failed: why`, `ended`. */
export class RecordedListener implements ResolutionListener {
  readonly told: string[] = [];
  /** The addresses told last. */
  addresses: readonly Address[] = [];

  resolved(addresses: readonly Address[]): void {
    this.addresses = addresses;
    this.told.push(addresses.map(addressKey).join(" "));
  }

  failed(error: unknown): void {
    this.told.push(`failed: ${(error as Error).message}`);
  }

  ended(): void {
    this.told.push("ended");
  }

  /** What was told since it was last asked. */
  take(): string[] {
    return this.told.splice(0);
  }
}

/** What is told in its own time, by disk or network, is waited for. */
export class WaitingListener extends RecordedListener {
  #waiting = createDeferred<string>();

  /** What will be told next. */
  next(): Promise<string> {
    return this.#waiting.promise;
  }

  override resolved(addresses: readonly Address[]): void {
    super.resolved(addresses);
    this.#tell();
  }

  override failed(error: unknown): void {
    super.failed(error);
    this.#tell();
  }

  #tell(): void {
    const waiting = this.#waiting;
    this.#waiting = createDeferred();
    waiting.resolve(this.told.at(-1)!);
  }
}
