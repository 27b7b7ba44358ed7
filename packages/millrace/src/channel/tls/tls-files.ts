import { readFile } from "node:fs/promises";
import { rootCertificates, type SecureContext } from "node:tls";
import { type Clock, systemClock } from "../../base/clock.js";
import { closedError, MillraceError } from "../../base/errors.js";
import { type FileWatch, openFileWatch } from "../../base/file-watch.js";
import { type HealthSignals, joinHealth, processHealth } from "../../base/health-signals.js";
import { invalidOption, requireFunctions, requirePositive, requireText } from "../../base/options.js";
import { Scope } from "../../base/scope.js";
import { type Watch, WatchSource } from "../../base/watch.js";
import { type PemMaterial, pemContext, validityOf } from "./pem.js";
import { tlsExpiryQuestions, tlsReloads } from "./tls-events.js";
import { type Validity, ValidityJudge } from "./validity.js";

/** Which files hold certificates, and how often to look. */
export interface TlsFilesOptions {
  /** Authorities to trust, in PEM. @defaultValue those Node trusts */
  readonly caFile?: string | undefined;
  /**
   * Whether the authorities of `caFile` are trusted beside those that Node comes with, and not in their place.
   * @defaultValue false
   */
  readonly addsToDefaults?: boolean | undefined;
  /** Certificate to show, in PEM, followed by its intermediates. `keyFile` belongs to it. */
  readonly certFile?: string | undefined;
  /** Private key of the certificate, in PEM. */
  readonly keyFile?: string | undefined;
  /**
   * Time between looks, in milliseconds. Most changes are seen sooner, where the system tells of them.
   * @defaultValue 10_000
   */
  readonly pollMs?: number | undefined;
  /** Names the certificates in messages and among signals. @defaultValue `certificates` and the path of the first file */
  readonly label?: string | undefined;
  /**
   * Signals that these join under their label, healthy when {@link TlsFiles.healthy} is. `false` for none.
   * @defaultValue {@link processHealth}
   */
  readonly signals?: HealthSignals | false | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/** What the files said when they were last good. */
export interface TlsMaterial extends PemMaterial, Validity {
  /** Made of the PEM. */
  readonly context: SecureContext;
}

/** Certificates that follow their files. */
export interface TlsFiles extends AsyncDisposable {
  /** What is in use; `undefined` until the files could be read for the first time. */
  readonly material: Watch<TlsMaterial | undefined>;
  /**
   * Whether there is something in use, whose certificate is good now and will be in 30 seconds: a signal
   * for readiness.
   */
  readonly healthy: Watch<boolean>;
  /** Why the files as they are now are not in use; `undefined` when they are. */
  readonly lastError: MillraceError | undefined;
  /** When the certificate in use begins to be good, in milliseconds since the Unix epoch. */
  readonly validFrom: number | undefined;
  /** When the certificate in use expires, in milliseconds since the Unix epoch. */
  readonly expiresAt: number | undefined;
  /**
   * The context for a connection made now: hand this function itself to `secureContext`.
   *
   * @throws MillraceError `unavailable` while nothing could be read yet
   */
  readonly context: () => SecureContext;
  /** Settles when the files could be read for the first time. Rejects with the signal's reason, or `closed`. */
  whenLoaded(signal?: AbortSignal): Promise<void>;
  /** Looks at the files now. Settles when what they say is in use, or refused. */
  reload(): Promise<void>;
  /** Stops watching, and leaves the signals. What is in use stays. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens certificates that follow their files. Connections made before a change go on; those made after it
 * use the new ones. The files need not be there yet.
 *
 * Files that are bad (missing, half written, a key that is not the certificate's) change nothing: the old stays
 * in use, and `lastError` and {@link tlsReloads} say why. So do files with a certificate that has expired, as long as
 * the one in use has not.
 *
 * @throws MillraceError `invalid-options` when no file is named, or a certificate without its key
 */
export function openTlsFiles(options: TlsFilesOptions): TlsFiles {
  const { caFile, addsToDefaults = false, certFile, keyFile, pollMs = 10_000, clock = systemClock } = options;
  const { label = `certificates ${certFile ?? caFile}`, signals = processHealth } = options;
  requirePositive("tlsFiles.pollMs", pollMs);
  for (const [name, file] of Object.entries({ caFile, certFile, keyFile })) {
    if (file !== undefined) requireText(`tlsFiles.${name}`, "the path of a file", file);
  }
  if (signals !== false) requireFunctions("tlsFiles.signals", signals, "add");
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw invalidOption("tlsFiles", "both certFile and keyFile, or neither", "one of them");
  }
  if (caFile === undefined && certFile === undefined) {
    throw invalidOption("tlsFiles", "caFile, or certFile and keyFile", "none of them");
  }
  return new FollowedTlsFiles({ caFile, addsToDefaults, certFile, keyFile, pollMs, label, signals, clock });
}

interface TlsFilesSettings {
  readonly caFile: string | undefined;
  readonly addsToDefaults: boolean;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
  readonly pollMs: number;
  readonly label: string;
  readonly signals: HealthSignals | false;
  readonly clock: Clock;
}

class FollowedTlsFiles implements TlsFiles {
  readonly material = new WatchSource<TlsMaterial | undefined>(undefined);
  lastError: MillraceError | undefined;
  readonly #settings: TlsFilesSettings;
  readonly #files: readonly string[];
  readonly #scope = new Scope();
  readonly #validity: ValidityJudge;
  readonly #watch: FileWatch;
  readonly #closing = new AbortController();

  constructor(settings: TlsFilesSettings) {
    const { caFile, certFile, keyFile, pollMs, label, signals, clock } = settings;
    this.#settings = settings;
    this.#files = [caFile, certFile, keyFile].filter((file) => file !== undefined);
    this.#validity = this.#scope.own(new ValidityJudge(clock));
    if (signals) this.#scope.own(joinHealth(signals, label, this.healthy));
    this.#scope.own(
      tlsExpiryQuestions.subscribe(({ tell }) => {
        if (this.expiresAt !== undefined) tell(this.#files, this.expiresAt);
      }),
    );
    this.#watch = this.#scope.own(openFileWatch({ paths: this.#files, pollMs, clock }, () => this.#load()));
  }

  get healthy(): Watch<boolean> {
    return this.#validity.healthy;
  }

  get validFrom(): number | undefined {
    return this.material.value?.validFrom;
  }

  get expiresAt(): number | undefined {
    return this.material.value?.expiresAt;
  }

  readonly context = (): SecureContext => {
    const material = this.material.value;
    if (material) return material.context;
    throw new MillraceError(
      `there are no certificates yet: ${this.lastError?.message ?? "they are being read"}`,
      {
        code: "unavailable",
        unsent: true,
        cause: this.lastError,
      },
    );
  };

  whenLoaded(signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void) => {
        loaded[Symbol.dispose]();
        signal?.removeEventListener("abort", onAbort);
        this.#closing.signal.removeEventListener("abort", onClose);
        settle();
      };
      const onAbort = () => finish(() => reject(signal!.reason as Error));
      const onClose = () => finish(() => reject(closedError("the certificate watch")));
      const loaded = this.material.subscribe(() => finish(resolve));
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#closing.signal.addEventListener("abort", onClose, { once: true });
      if (this.material.value) finish(resolve);
      else if (signal?.aborted) onAbort();
      else if (this.#closing.signal.aborted) onClose();
    });
  }

  reload(): Promise<void> {
    return this.#watch.check();
  }

  close(): Promise<void> {
    this.#closing.abort();
    return this.#scope[Symbol.asyncDispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #load(): Promise<void> {
    let error: MillraceError | undefined;
    try {
      const found = await this.#read();
      if (this.#closing.signal.aborted) return;
      this.#use(found);
    } catch (cause) {
      if (this.#closing.signal.aborted) return;
      error = refused(this.#files, cause);
    }
    this.lastError = error;
    if (tlsReloads.active) tlsReloads.publish({ files: this.#files, error, expiresAt: this.expiresAt });
  }

  async #read(): Promise<PemMaterial> {
    const { caFile, certFile, keyFile } = this.#settings;
    const text = async (file: string | undefined) =>
      file === undefined ? undefined : await readFile(file, "utf8");
    const [ca, cert, key] = await Promise.all([text(caFile), text(certFile), text(keyFile)]);
    return { ca, cert, key };
  }

  #use({ ca, cert, key }: PemMaterial): void {
    const old = this.material.value;
    if (old && old.ca === ca && old.cert === cert && old.key === key) return;
    const trusted = ca !== undefined && this.#settings.addsToDefaults ? [...rootCertificates, ca].flat() : ca;
    const context = pemContext({ ca: trusted, cert, key });
    const { validFrom, expiresAt } = cert === undefined ? noValidity : validityOf(cert);
    const now = this.#settings.clock.wallTime();
    const worse = expiresAt !== undefined && expiresAt <= now && (old?.expiresAt ?? 0) > now;
    if (worse) throw new Error(`the certificate has expired at ${new Date(expiresAt).toISOString()}`);
    this.material.set({ ca, cert, key, context, validFrom, expiresAt });
    this.#validity.judge({ validFrom, expiresAt });
  }
}

const noValidity: Validity = { validFrom: undefined, expiresAt: undefined };

function refused(files: readonly string[], cause: unknown): MillraceError {
  const reason = cause instanceof Error ? reasonOf(cause) : String(cause);
  return new MillraceError(`cannot use the certificates in ${files.join(", ")}: ${reason}`, {
    code: "invalid-options",
    unsent: true,
    cause,
  });
}

/** OpenSSL says what failed, not what is wrong with the files. */
function reasonOf({ message, code }: Error & { readonly code?: string }): string {
  const words = whatIsWrong[code ?? ""];
  return words === undefined ? message : `${words}: ${message}`;
}

const noKey = "there is no key in PEM, or it is encrypted";
const whatIsWrong: Readonly<Record<string, string>> = {
  ERR_OSSL_X509_KEY_VALUES_MISMATCH: "the key is not that of the certificate",
  ERR_OSSL_UNSUPPORTED: noKey,
  ERR_OSSL_BAD_DECRYPT: noKey,
  ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED: noKey,
};
