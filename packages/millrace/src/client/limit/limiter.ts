import type { LimitAlgorithm, LimitSample, LimitVerdict } from "../../service/limit/limit-algorithm.js";
import { PermitLine } from "./permit-line.js";

/** What one call tells a limiter, which may be nothing. */
export type LimiterSample = Omit<LimitSample, "verdict"> & { readonly verdict: LimitVerdict };

/** A limit that learns, and the permits it counts out. */
export class Limiter {
  readonly permits: PermitLine;
  readonly #algorithm: LimitAlgorithm;

  constructor(algorithm: LimitAlgorithm) {
    this.#algorithm = algorithm;
    this.permits = new PermitLine(wholeLimit(algorithm));
  }

  /** Takes note of a call that ended. Its permit is given back apart from this, and afterwards. */
  note({ verdict, rttMs, inFlight }: LimiterSample): void {
    if (verdict === "ignored") return;
    this.#algorithm.note({ verdict, rttMs, inFlight });
    const limit = wholeLimit(this.#algorithm);
    if (limit !== this.permits.total) this.permits.total = limit;
  }
}

function wholeLimit({ limit }: LimitAlgorithm): number {
  return Math.max(1, Math.floor(limit));
}
