import { type Clock, sleep, systemClock } from "../../base/clock.js";
import { invalidOption, requirePositive, requireWhole } from "../../base/options.js";
import { FixedWindow } from "../limit/fixed-window.js";
import type { RateLimiter } from "../limit/rate-limiter.js";
import { TokenBucket } from "../limit/token-bucket.js";
import { ReadyLine } from "../ready-line.js";
import type { Policy, Service } from "../service.js";

/** How fast {@link rateLimit} lets calls start. */
export interface RateLimitOptions {
  /** Calls that may start every `perMs`; a whole number of at least 1. */
  readonly calls: number;
  /**
   * The span that `calls` is for, in milliseconds; more than 0.
   * @defaultValue 1_000
   */
  readonly perMs?: number | undefined;
  /**
   * How calls are counted. A `token-bucket` fills evenly. A `fixed-window`, as tower has it, lets all of
   * its calls start at once, and twice as many around the edge of two windows.
   * @defaultValue `"token-bucket"`
   */
  readonly algorithm?: "token-bucket" | "fixed-window" | undefined;
  /**
   * Calls that may start at once after a quiet time; a whole number of at least 1. For a token bucket only:
   * in any span of `perMs`, at most `calls + burst` start.
   * @defaultValue a tenth of `calls`, at least 1
   */
  readonly burst?: number | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
}

/**
 * Lets calls start at a limited rate; the others wait in line, first come first served. One that is
 * aborted while it waits leaves the line and costs nothing. Each service the layer wraps has its own rate.
 *
 * The line has no end: put {@link loadShed} outside to refuse what would have to wait, or {@link buffer}
 * to bound it.
 *
 * @throws MillraceError `invalid-options`, at once, when an option is out of its range
 */
export function rateLimit<Request, Response>(options: RateLimitOptions): Policy<Request, Response> {
  const { clock = systemClock } = options;
  createLimiter(options);
  return (inner) => new ReadyLine(limited(inner, createLimiter(options), clock));
}

/** `inner`, ready no more often than `limiter` says. */
function limited<Request, Response>(
  inner: Service<Request, Response>,
  limiter: RateLimiter,
  clock: Clock,
): Service<Request, Response> {
  return {
    get ready() {
      return inner.ready && limiter.delayMs(clock.now()) === 0;
    },
    whenReady(signal) {
      const delayMs = limiter.delayMs(clock.now());
      return delayMs > 0 ? sleep(clock, delayMs, signal) : inner.whenReady(signal);
    },
    call(request, context) {
      limiter.take(clock.now());
      return inner.call(request, context);
    },
  };
}

function createLimiter(options: RateLimitOptions): RateLimiter {
  const { calls, perMs = 1000, algorithm = "token-bucket" } = options;
  requireWhole("rateLimit.calls", calls, 1, Number.MAX_SAFE_INTEGER);
  requirePositive("rateLimit.perMs", perMs);
  const { burst = Math.max(1, Math.floor(calls / 10)) } = options;
  requireWhole("rateLimit.burst", burst, 1, Number.MAX_SAFE_INTEGER);
  if (algorithm === "token-bucket") return new TokenBucket(calls, perMs, burst);
  if (algorithm === "fixed-window") return new FixedWindow(calls, perMs);
  throw invalidOption("rateLimit.algorithm", '"token-bucket" or "fixed-window"', algorithm);
}
