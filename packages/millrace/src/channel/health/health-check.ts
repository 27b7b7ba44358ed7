import {
  invalidOption,
  requireFunctions,
  requireGroup,
  requirePositive,
  requireRange,
  requireWhole,
} from "../../base/options.js";
import type { Service } from "../../service/service.js";
import { isToken } from "../../wire/http/characters.js";
import { Fields } from "../../wire/http/fields.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import type { StatusRange } from "./ask-http.js";
import type { HealthCheckPlan } from "./health-checks.js";

/** How often a member is checked, and what it takes to change one's mind about it. */
export interface HealthTiming {
  /**
   * From the end of one check to the start of the next, in milliseconds.
   * @defaultValue 9_000
   */
  readonly intervalMs?: number | undefined;
  /**
   * Longest wait for an answer, in milliseconds.
   * @defaultValue 7_500
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Share of the interval left to chance, from 0 to 1, so that checks spread out.
   * @defaultValue 0.1
   */
  readonly jitter?: number | undefined;
  /**
   * Passes in a row that make an unhealthy member healthy; a whole number of at least 1. The first check
   * of a member decides alone.
   * @defaultValue 1
   */
  readonly healthyThreshold?: number | undefined;
  /**
   * Failures in a row that make a healthy member unhealthy; a whole number of at least 1.
   * @defaultValue 1
   */
  readonly unhealthyThreshold?: number | undefined;
}

/** Asks the server over HTTP, on a connection of the member itself. */
export interface HttpHealthCheck extends HealthTiming {
  readonly kind: "http";
  /** Path, with a query if need be; starts with `/`. */
  readonly path: string;
  /** @defaultValue `GET` */
  readonly method?: string | undefined;
  /** @defaultValue the channel's */
  readonly host?: string | undefined;
  /** Fields sent with it; a list that each check reads anew. */
  readonly fields?: Iterable<readonly [name: string, value: string]> | undefined;
  /**
   * Statuses that pass.
   * @defaultValue 200 to 299
   */
  readonly expectedStatuses?: readonly StatusRange[] | undefined;
  /**
   * What the content must have in it.
   * @defaultValue anything
   */
  readonly expectedBody?: string | RegExp | undefined;
}

/** Makes a connection each time, and closes it: the server still takes new ones. */
export interface TcpHealthCheck extends HealthTiming {
  readonly kind: "tcp";
}

/** No checks: a member is healthy as long as it is connected. */
export interface NoHealthCheck {
  readonly kind: "none";
}

/** What a check of one's own has of a member. */
export interface HealthSubject {
  /** The member's address: `10.0.0.1:80`. */
  readonly address: string;
  /** Makes calls on the member's own connections, ahead of all others. */
  readonly service: Service<HttpRequest, HttpResponse>;
}

/** What a check of one's own says: healthy or not, and why not. */
export type HealthVerdict = boolean | { readonly healthy: boolean; readonly reason?: string | undefined };

/** Checks of one's own, for instance of a server that pushes its health. */
export interface CustomHealthCheck {
  readonly kind: "custom";
  /**
   * Starts verdicts on a member; each holds until the next, the last one for good. One that fails has
   * found the member unhealthy. `signal` aborts when the member goes: what waits must give up then.
   */
  readonly watch: (member: HealthSubject, signal: AbortSignal) => AsyncIterable<HealthVerdict>;
}

/** How members are checked. */
export type HealthCheck = HttpHealthCheck | TcpHealthCheck | NoHealthCheck | CustomHealthCheck;

/**
 * Fills the gaps of a check's timing.
 *
 * @internal
 */
export function healthPlan(timing: HealthTiming): HealthCheckPlan {
  const { intervalMs = 9_000, timeoutMs = 7_500, jitter = 0.1 } = timing;
  const { healthyThreshold = 1, unhealthyThreshold = 1 } = timing;
  requirePositive("health.intervalMs", intervalMs);
  requirePositive("health.timeoutMs", timeoutMs);
  requireRange("health.jitter", jitter, 0, 1);
  requireWhole("health.healthyThreshold", healthyThreshold, 1);
  requireWhole("health.unhealthyThreshold", unhealthyThreshold, 1);
  return { intervalMs, timeoutMs, jitter, healthyThreshold, unhealthyThreshold };
}

/**
 * Checks a check.
 *
 * @internal
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function requireHealthCheck(check: HealthCheck): void {
  requireGroup("channel.health", check);
  switch (check.kind) {
    case "http":
      requireQuestion(check);
      healthPlan(check);
      break;
    case "tcp":
      healthPlan(check);
      break;
    case "custom":
      requireFunctions("health", check, "watch");
      break;
    case "none":
      break;
    default:
      throw invalidOption("health.kind", '"http", "tcp", "none" or "custom"', (check as HealthCheck).kind);
  }
}

/** Found out now: a question that cannot be asked would be a member that is never healthy. */
function requireQuestion({
  path,
  method,
  host,
  fields,
  expectedStatuses,
  expectedBody,
}: HttpHealthCheck): void {
  if (typeof path !== "string" || !/^\/[!"$-~]*$/.test(path)) {
    throw invalidOption("health.path", 'a path such as "/ready", without blanks and fragment', path);
  }
  if (method !== undefined && !(typeof method === "string" && isToken(method)))
    throw invalidOption("health.method", "a method", method);
  if (host !== undefined && (typeof host !== "string" || !/^[!-.0-~]+$/.test(host))) {
    throw invalidOption("health.host", "a host, with a port if need be", host);
  }
  if (expectedStatuses !== undefined && !Array.isArray(expectedStatuses)) {
    throw invalidOption("health.expectedStatuses", "pairs of a first and a last status", expectedStatuses);
  }
  for (const range of expectedStatuses ?? []) {
    const [first, last] = Array.isArray(range) ? (range as unknown as StatusRange) : [];
    if (!(isStatus(first) && isStatus(last) && first <= last)) {
      throw invalidOption("health.expectedStatuses", "pairs of a first and a last status", range);
    }
  }
  if (expectedBody !== undefined && typeof expectedBody !== "string" && !(expectedBody instanceof RegExp)) {
    throw invalidOption("health.expectedBody", "text or a regular expression", expectedBody);
  }
  requireFields(fields);
}

function isStatus(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 100 && (value as number) <= 999;
}

function requireFields(fields: HttpHealthCheck["fields"] = []): void {
  const again = (fields as Partial<Iterable<unknown>> | null)?.[Symbol.iterator]?.();
  if (again === undefined || (again as unknown) === fields) {
    throw invalidOption("health.fields", "a list, which each check reads anew", fields);
  }
  try {
    Fields.from(fields);
  } catch (cause) {
    throw invalidOption("health.fields", "pairs of a name and a value", (cause as Error).message);
  }
}
