import { createSecureContext, type SecureContext } from "node:tls";
import type { Clock } from "../../base/clock.js";
import type { ClientTlsOptions } from "../../channel/tls/client-tls.js";
import type { SecurityConfig } from "../config/services-config.js";
import { type OpenSecurity, openSecurity } from "./security.js";

/** TLS files in use: dispose of it when they no longer are. */
export interface SecurityLease extends Disposable {
  readonly tls: ClientTlsOptions;
}

interface Shared {
  readonly opening: Promise<OpenSecurity>;
  leases: number;
}

/**
 * The TLS files of all services of a factory. Services with the same files share them: to read them, to watch
 * them, and to make contexts of them costs much more than a connection.
 */
export class SecurityFiles implements AsyncDisposable {
  readonly #shared = new Map<string, Shared>();
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;

  /** `onError` is told of files that became unusable; what they were before stays in use. */
  constructor(clock: Clock, onError: (error: unknown) => void) {
    this.#clock = clock;
    this.#onError = onError;
  }

  /**
   * Reads the files, unless they are in use already.
   *
   * @throws MillraceError `invalid-options` when one cannot be read or is not what it should be
   */
  async lease(config: SecurityConfig): Promise<SecurityLease> {
    const { caFile, keyFile, certFile } = config;
    if (caFile === undefined && certFile === undefined) return plain;
    const key = JSON.stringify([caFile, keyFile, certFile]);
    const shared = this.#shared.get(key) ?? this.#open(key, config);
    shared.leases += 1;
    let leased = true;
    const release = () => {
      if (!leased) return;
      leased = false;
      this.#release(key, shared);
    };
    try {
      const { tls } = await shared.opening;
      return { tls, [Symbol.dispose]: release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Stops watching all files. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const [key, shared] of [...this.#shared]) {
      this.#shared.delete(key);
      await closeOpened(shared);
    }
  }

  #open(key: string, config: SecurityConfig): Shared {
    const opening = openSecurity(config, { clock: this.#clock, onError: this.#onError });
    const shared = { opening, leases: 0 };
    this.#shared.set(key, shared);
    return shared;
  }

  #release(key: string, shared: Shared): void {
    shared.leases -= 1;
    if (shared.leases > 0 || this.#shared.get(key) !== shared) return;
    this.#shared.delete(key);
    void closeOpened(shared);
  }
}

let ofNode: SecureContext | undefined;

/** What Node trusts, and nobody to be: one context for all, which takes a while to make. */
const plain: SecurityLease = {
  tls: { secureContext: () => (ofNode ??= createSecureContext()) },
  [Symbol.dispose]() {},
};

async function closeOpened({ opening }: Shared): Promise<void> {
  try {
    await (await opening)[Symbol.asyncDispose]();
  } catch {
    // What could not be opened needs no closing; whoever asked for it has been told.
  }
}
