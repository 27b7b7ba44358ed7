/** How many healthy members make a difference. */
export interface HealthFloors {
  /** So many make the whole healthy; 0 for always. */
  readonly healthyMin: number;
  /** With fewer, once there were as many, unhealthy members are called too. */
  readonly criticalMin: number;
}

/** Hears what the number of healthy members means. */
export interface TallyListener {
  /** `healthyMin` was reached, or lost. Not called before it is reached for the first time. */
  healthChanged(healthy: boolean): void;
  /** `criticalMin` was lost, or reached again. */
  criticalChanged(critical: boolean): void;
}

/** Counts healthy members, and tells when the count crosses a floor. */
export class HealthTally {
  readonly #floors: HealthFloors;
  readonly #listener: TallyListener;
  #healthy = 0;
  #critical = false;

  constructor(floors: HealthFloors, listener: TallyListener) {
    this.#floors = floors;
    this.#listener = listener;
  }

  /** Healthy members. */
  get healthy(): number {
    return this.#healthy;
  }

  /** Whether enough are healthy. */
  get enough(): boolean {
    return this.#healthy >= this.#floors.healthyMin;
  }

  /**
   * Whether unhealthy members are called as well, because too few are healthy. Only a fall makes it so: at
   * the start, when none was ever healthy, unhealthy members are replaced instead.
   */
  get critical(): boolean {
    return this.#critical;
  }

  /** One more is healthy. */
  rise(): void {
    this.#healthy += 1;
    if (this.#healthy === this.#floors.healthyMin) this.#listener.healthChanged(true);
    if (this.#healthy !== this.#floors.criticalMin || !this.#critical) return;
    this.#critical = false;
    this.#listener.criticalChanged(false);
  }

  /** One fewer is healthy. */
  fall(): void {
    this.#healthy -= 1;
    if (this.#healthy + 1 === this.#floors.criticalMin) {
      this.#critical = true;
      this.#listener.criticalChanged(true);
    }
    if (this.#healthy + 1 === this.#floors.healthyMin) this.#listener.healthChanged(false);
  }
}
