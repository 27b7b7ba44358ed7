import { invalidOption, requirePositive, requireRange, requireWhole } from "../../base/options.js";
import type { Random } from "../../base/random.js";
import type { SimulatedRequest } from "./messages.js";

/** A call as a simulated server sees it. */
export interface ServedCall {
  /** What was asked for. */
  readonly request: SimulatedRequest;
  /** Milliseconds since the simulation started. */
  readonly now: number;
  /** Calls the server works on, this one included. */
  readonly active: number;
}

/** What a simulated server does with a call. */
export interface ServedAnswer {
  /** How long it works on the call, in milliseconds; `Infinity` for a call that is never answered. */
  readonly afterMs: number;
  /** The status of its answer. */
  readonly status: number;
}

/** Answers the calls of one server in one simulation. */
export type ServerHandler = (call: ServedCall) => ServedAnswer;

/** A way for servers to behave. Makes a handler with a state of its own for each server of each simulation. */
export type ServerModel = (random: Random) => ServerHandler;

/** How one that answers after {@link constantTime} does. */
export interface ConstantTimeOptions {
  /** How long each call takes, in milliseconds, 0 or more. */
  readonly ms: number;
  /** @defaultValue 200 */
  readonly status?: number | undefined;
}

/**
 * Takes the same time for each call, however many there are.
 *
 * @throws MillraceError `invalid-options`, at once, when the time is negative
 */
export function constantTime({ ms, status = 200 }: ConstantTimeOptions): ServerModel {
  requireRange("constantTime.ms", ms, 0, Infinity);
  const answer = { afterMs: ms, status };
  return () => () => answer;
}

/** How {@link randomTime} answers. */
export interface RandomTimeOptions {
  /** The shortest time, in milliseconds, 0 or more. @defaultValue 0 */
  readonly minMs?: number | undefined;
  /** The longest time, in milliseconds, at least `minMs`. */
  readonly maxMs: number;
  /** @defaultValue 200 */
  readonly status?: number | undefined;
}

/**
 * Takes a random time for each call, uniformly distributed.
 *
 * @throws MillraceError `invalid-options`, at once, when a time is out of its range
 */
export function randomTime({ minMs = 0, maxMs, status = 200 }: RandomTimeOptions): ServerModel {
  requireRange("randomTime.minMs", minMs, 0, Infinity);
  requireRange("randomTime.maxMs", maxMs, minMs, Infinity);
  return (random) => () => ({ afterMs: minMs + random() * (maxMs - minMs), status });
}

/** How {@link linearTime} answers. */
export interface LinearTimeOptions {
  /** How long a call takes at a server without any other, in milliseconds; more than 0. */
  readonly bestMs: number;
  /** Calls at once that double that time, a whole number of at least 1. */
  readonly capacity: number;
  /** @defaultValue 200 */
  readonly status?: number | undefined;
}

/**
 * Takes longer the more calls it has: twice as long at capacity, and five times as long as alone above
 * that (dialogue's model).
 *
 * @throws MillraceError `invalid-options`, at once, when an option is out of its range
 */
export function linearTime({ bestMs, capacity, status = 200 }: LinearTimeOptions): ServerModel {
  requirePositive("linearTime.bestMs", bestMs);
  requireWhole("linearTime.capacity", capacity, 1);
  return () =>
    ({ active }) => ({
      afterMs: active > capacity ? 5 * bestMs : bestMs + (bestMs * active) / capacity,
      status,
    });
}

/** Never answers, and never fails. */
export function blackHole(): ServerModel {
  const answer = { afterMs: Infinity, status: 0 };
  return () => () => answer;
}

/** With what a model says no. */
export interface Refusal {
  /** The status of what is refused. */
  readonly status?: number | undefined;
  /** How long a refusal takes, in milliseconds. @defaultValue as long as an answer would have */
  readonly afterMs?: number | undefined;
}

/** What {@link failAbove} refuses. */
export interface FailAboveOptions extends Refusal {
  /** Most calls at once that are answered well, a whole number of at least 0. */
  readonly active: number;
}

/**
 * Answers like `model`, but with a failure (503 by default) while it has more than `active` calls.
 *
 * @throws MillraceError `invalid-options`, at once, when `active` is out of its range
 */
export function failAbove(
  { active, status = 503, afterMs }: FailAboveOptions,
  model: ServerModel,
): ServerModel {
  requireWhole("failAbove.active", active, 0);
  return refuseWhen(model, { status, afterMs }, () => (call) => call.active > active);
}

/** What {@link failShare} refuses. */
export interface FailShareOptions extends Refusal {
  /** The share of calls that fail, from 0 to 1. */
  readonly ratio: number;
}

/**
 * Answers like `model`, but a random share of calls with a failure (500 by default).
 *
 * @throws MillraceError `invalid-options`, at once, when `ratio` is out of its range
 */
export function failShare(
  { ratio, status = 500, afterMs }: FailShareOptions,
  model: ServerModel,
): ServerModel {
  requireRange("failShare.ratio", ratio, 0, 1);
  return refuseWhen(model, { status, afterMs }, (random) => () => random() < ratio);
}

/** What {@link rateLimited} refuses. */
export interface RateLimitedOptions extends Refusal {
  /** Calls per second that are answered well in the long run; more than 0. */
  readonly perSecond: number;
  /** Most calls that are answered well at once after a rest; at least 1. @defaultValue 1 */
  readonly burst?: number | undefined;
}

/**
 * Answers like `model`, but with a refusal (429 by default) what comes faster than a rate: a bucket of
 * tokens.
 *
 * @throws MillraceError `invalid-options`, at once, when an option is out of its range
 */
export function rateLimited(options: RateLimitedOptions, model: ServerModel): ServerModel {
  const { perSecond, burst = 1, status = 429, afterMs } = options;
  requirePositive("rateLimited.perSecond", perSecond);
  requireRange("rateLimited.burst", burst, 1, Infinity);
  return refuseWhen(model, { status, afterMs }, () => {
    let tokens = burst;
    let filledAt = 0;
    return ({ now }) => {
      tokens = Math.min(burst, tokens + ((now - filledAt) * perSecond) / 1000);
      filledAt = now;
      if (tokens < 1) return true;
      tokens -= 1;
      return false;
    };
  });
}

/** Answers calls for some endpoints by models of their own, all others like `model`. */
export function byEndpoint(
  endpoints: Readonly<Record<string, ServerModel>>,
  model: ServerModel,
): ServerModel {
  return (random) => {
    const handlers = new Map(Object.entries(endpoints).map(([name, own]) => [name, own(random)]));
    const other = model(random);
    return (call) => (handlers.get(call.request.endpoint) ?? other)(call);
  };
}

/** A time during which a server behaves like `model`. */
export interface ServerPhase {
  /** How servers behave in it. */
  readonly model: ServerModel;
  /** When it ends, in milliseconds since the start. @defaultValue `Infinity` */
  readonly untilMs?: number | undefined;
}

/**
 * Behaves in one way after another: calls that come in a phase are answered by its model, also beyond
 * its end.
 *
 * @throws MillraceError `invalid-options`, at once, when phases are not in the order of their ends, or the
 * last one has an end
 */
export function phases(list: readonly ServerPhase[]): ServerModel {
  const ends = list.map(({ untilMs = Infinity }) => untilMs);
  if (ends.at(-1) !== Infinity) throw invalidOption("phases", "a last one without an end", ends.at(-1));
  ends.forEach((end, index) => {
    if (index > 0 && end <= ends[index - 1]!) throw invalidOption("phases", "ends in rising order", end);
  });
  return (random) => {
    const handlers = list.map(({ model }) => model(random));
    return (call) => handlers[ends.findIndex((end) => call.now < end)]!(call);
  };
}

function refuseWhen(
  model: ServerModel,
  refusal: { readonly status: number; readonly afterMs: number | undefined },
  createRule: (random: Random) => (call: ServedCall) => boolean,
): ServerModel {
  return (random) => {
    const handler = model(random);
    const refused = createRule(random);
    return (call) => {
      const answer = handler(call);
      if (!refused(call)) return answer;
      return { status: refusal.status, afterMs: refusal.afterMs ?? answer.afterMs };
    };
  };
}
