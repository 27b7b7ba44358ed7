import { type Clock, createDeferred } from "millrace/base";
import type { BoundAddress, Gate } from "millrace/handoff";
import type { Admin } from "../admin/admin.js";
import type { Pool } from "../pool/pool.js";
import type { WorkerFleet } from "../workers/fleet.js";
import type { StateTransfer } from "./state-transfer.js";

/** What a gate opens and closes. */
export interface ProxyGateParts {
  readonly fleet: WorkerFleet;
  readonly admin: Admin | undefined;
  readonly pool: Pick<Pool, "settings">;
}

/** Lets connections in: those of clients in the workers, those of the admin API here. */
export class ProxyGate implements Gate {
  readonly #clock: Clock;
  readonly #transfer: Pick<StateTransfer, "take" | "release">;
  #bound: readonly BoundAddress[] = [];
  #parts: ProxyGateParts | undefined;
  #leaving: Promise<void> | undefined;
  #retired = false;
  #retiredAt = 0;

  /** `transfer` is taken right before connections are let in, and released when another process is about to do so. */
  constructor(clock: Clock, transfer: Pick<StateTransfer, "take" | "release">) {
    this.#clock = clock;
    this.#transfer = transfer;
  }

  /** Where it lets them in, once that is known: the addresses of clients, then that of the admin API. */
  place(bound: readonly BoundAddress[]): this {
    this.#bound = bound;
    return this;
  }

  /** What it opens, once that is there. Until then it has nothing to open or close. */
  lead(parts: ProxyGateParts): void {
    this.#parts = parts;
  }

  get bound(): readonly BoundAddress[] {
    return this.#bound;
  }

  get connections(): number {
    const { fleet, admin } = this.#parts ?? {};
    return (fleet?.connections ?? 0) + (admin?.connections ?? 0);
  }

  /** How long what is open may go on since it was retired, in milliseconds. */
  get leftMs(): number {
    const drainMs = this.#parts?.pool.settings.drainMs ?? 0;
    return Math.max(0, this.#retiredAt + drainMs - this.#clock.now());
  }

  async prepare(): Promise<void> {
    const { fleet, admin } = this.#parts!;
    await Promise.all([fleet.whenPrepared(), admin?.prepare()]);
  }

  async open(): Promise<void> {
    const { fleet, admin } = this.#parts!;
    this.#transfer.take();
    await Promise.all([
      fleet.open(),
      admin &&
        this.#bound
          .at(-1)!
          .copy()
          .then((copy) => admin.open(copy)),
    ]);
  }

  pause(): void {
    if (!this.#parts || this.#leaving) return;
    const { fleet, admin } = this.#parts;
    this.#transfer.release();
    fleet.pause();
    admin?.pause();
  }

  retire(retired: boolean): void {
    if (!this.#parts || this.#leaving) return;
    const { fleet, admin } = this.#parts;
    if (retired && !this.#retired) this.#retiredAt = this.#clock.now();
    this.#retired = retired;
    fleet.retire(retired);
    admin?.retire(retired);
  }

  /** Nobody falls back to this process any more. Settles when no connection is open, at the latest when the time is over that the settings give them since it was retired. */
  async whenIdle(): Promise<void> {
    if (!this.#parts || this.#leaving) return this.#leaving;
    // Those that the next generation does not have are to refuse, and not to let people wait.
    for (const { handle } of this.#bound) handle.close();
    const { fleet, admin } = this.#parts;
    const over = createDeferred();
    using _timer = this.#clock.schedule(this.leftMs, over.resolve);
    await Promise.race([Promise.all([fleet.whenIdle(), admin?.whenIdle()]), over.promise]);
  }

  /** Nobody comes after: gives up the addresses of clients now, and lets what runs finish. The admin API stays meanwhile. */
  leave(): void {
    if (!this.#parts || this.#leaving) return;
    const { fleet, admin, pool } = this.#parts;
    // Before the workers': as long as any process has them open, the system accepts for them.
    for (const { handle } of admin ? this.#bound.slice(0, -1) : this.#bound) handle.close();
    this.#leaving = fleet.drain(pool.settings.drainMs);
  }

  cut(): void {
    if (this.#leaving) this.#parts?.fleet.kill();
  }

  async close(): Promise<void> {
    await this.#parts?.fleet.drain(0);
  }
}
