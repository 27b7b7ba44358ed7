import { type Clock, systemClock } from "../../base/clock.js";
import { invalidOption, requireFunctions } from "../../base/options.js";
import { guardedTracing } from "./guarded-tracing.js";
import { type TraceFormat, traceFormats } from "./propagation.js";
import type { Tracing } from "./tracing.js";

/** What is traced of calls, and how it goes to other processes. */
export interface TraceOptions {
  /** Begins the spans. What it throws goes to `faults`, and the call goes on without the span. */
  readonly tracing: Tracing;
  /**
   * What names of spans begin with: `millrace: request`. `conjure-runtime` gives the names of that library.
   * @defaultValue `millrace`
   */
  readonly prefix?: string | undefined;
  /**
   * Which headers tell the server about the trace.
   * @defaultValue `w3c` and `b3-multi`
   */
  readonly formats?: readonly TraceFormat[] | undefined;
  /** @defaultValue the system's clock */
  readonly clock?: Clock | undefined;
}

/** {@link TraceOptions}, checked and complete. */
export interface TraceSettings {
  /** Makes the spans; what it throws harms no call. */
  readonly tracing: Tracing;
  /** What the names of spans begin with. */
  readonly prefix: string;
  /** The headers that carry a trace on. */
  readonly formats: readonly TraceFormat[];
  /** Times the spans. */
  readonly clock: Clock;
}

/**
 * Checks options and fills their gaps.
 *
 * @throws MillraceError `invalid-options` when there is no tracing system, or a format is unknown
 */
export function traceSettings(options: TraceOptions): TraceSettings {
  const { tracing, prefix = "millrace", formats = ["w3c", "b3-multi"], clock = systemClock } = options;
  requireFunctions("trace.tracing", tracing, "start", "run");
  for (const format of formats) {
    if (!traceFormats.includes(format))
      throw invalidOption("trace.formats", `some of ${traceFormats.join(", ")}`, format);
  }
  return { tracing: guardedTracing(tracing), prefix, formats, clock };
}
