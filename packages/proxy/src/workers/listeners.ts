import { type Clock, MillraceError, Scope } from "millrace/base";
import { openTlsFiles, type TlsFiles, type TlsMaterial, tlsReloads } from "millrace/channel";
import type { Handle } from "millrace/handoff";
import { formatAddress } from "../config/address.js";
import type { ListenSpec } from "../config/daemon-config.js";
import type { ListenerRecord, ListenerTls } from "../ipc/messages.js";
import type { Log } from "../logging.js";

/** A listening address, taken: workers get the handle, and accept. Nobody accepts from it in this process. */
export interface Listener {
  /** What is said of it to workers, as of now. */
  readonly record: ListenerRecord;
  readonly handle: Handle;
}

/** A certificate that clients are shown. */
export interface ListenerCertificate {
  /** Where: `0.0.0.0:8443`. */
  readonly address: string;
  /** Until when it is good, in milliseconds since the Unix epoch. */
  readonly expiresAt: number | undefined;
  /** Whether its files, as they are now, are refused, so that an older one is shown. */
  readonly stale: boolean;
}

/** The listening addresses as workers are told of them. Their certificates follow their files. */
export class ListenerRecords implements AsyncDisposable {
  readonly #places: readonly Place[];
  readonly #scope: Scope;

  /** @internal */
  constructor(places: readonly Place[], scope: Scope) {
    this.#places = places;
    this.#scope = scope;
  }

  /** Each address, with what its files said when they were last good. */
  get all(): readonly ListenerRecord[] {
    return this.#places.map(recordOf);
  }

  /** The certificates that are shown. */
  get certificates(): readonly ListenerCertificate[] {
    return this.#places.flatMap(({ address, files }) =>
      files ? [{ address, expiresAt: files.expiresAt, stale: files.lastError !== undefined }] : [],
    );
  }

  /** Whether some address is of use to clients: a plain one, or one whose certificate is good. */
  get usable(): boolean {
    return this.#places.some(({ files }) => !files || files.healthy.value);
  }

  /** Calls `listener` with the number of an address and its certificate whenever there is another one. */
  onChange(listener: (index: number, tls: ListenerTls) => void): void {
    for (const [index, { files }] of this.#places.entries())
      if (files) this.#scope.own(files.material.subscribe((material) => listener(index, pemOf(material))));
  }

  /** Looks at the files now. Settles when what they say is in use, or refused. */
  async reload(): Promise<void> {
    await Promise.all(this.#places.map(async ({ files }) => files?.reload()));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#scope[Symbol.asyncDispose]();
  }
}

/** An address, with the files of its certificate if it has one. */
interface Place {
  readonly address: string;
  readonly files: TlsFiles | undefined;
}

/**
 * Reads the certificates of `specs`, and follows their files until it is closed: bad ones are logged, and change
 * nothing.
 *
 * @throws MillraceError `invalid-options` when a certificate cannot be read, or is none
 */
export async function openListenerRecords(
  specs: readonly ListenSpec[],
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): Promise<ListenerRecords> {
  const scope = new Scope();
  try {
    const places = specs.map(({ address, tls }) => ({
      address: formatAddress(address),
      files: tls && scope.own(openTlsFiles({ ...tls, clock, signals: false })),
    }));
    for (const place of places) await requireLoaded(place);
    for (const place of places) tellOf(place, log, scope);
    return new ListenerRecords(places, scope);
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    throw error;
  }
}

async function requireLoaded({ address, files }: Place): Promise<void> {
  await files?.reload();
  if (!files || files.material.value) return;
  const { cause } = files.lastError ?? {};
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = `the certificate for ${address} cannot be used: ${reason}`;
  throw new MillraceError(message, { code: "invalid-options", unsent: true, cause });
}

function tellOf({ address, files }: Place, log: Log, scope: Scope): void {
  if (!files) return;
  const until = () => ({ listener: address, validUntil: files.expiresAt && new Date(files.expiresAt) });
  const judge = (healthy: boolean) => {
    if (!healthy) log.error(until(), "the certificate that clients get is not valid");
  };
  judge(files.healthy.value);
  scope.own(files.healthy.subscribe(judge));
  scope.own(files.material.subscribe(() => log.info(until(), "clients get a new certificate")));
  scope.own(
    tlsReloads.subscribe(({ error }) => {
      if (error && error === files.lastError)
        log.warn({ listener: address, reason: error.message }, "clients get the old certificate still");
    }),
  );
}

function recordOf({ address, files }: Place): ListenerRecord {
  return files ? { address, tls: pemOf(files.material.value) } : { address };
}

/** Both are there: no file of either may be missing. */
function pemOf(material: TlsMaterial | undefined): ListenerTls {
  return { cert: material!.cert!, key: material!.key! };
}
