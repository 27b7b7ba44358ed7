import { duration, section } from "millrace/config";
import { z } from "zod";
import { ratio, text, whole } from "./fields.js";
import type { HealthSettings } from "./settings.js";
import { statuses } from "./statuses.js";

/** The fields of a health check, without defaults. */
export const healthCheckFields = {
  interval: duration("From the end of one check to the start of the next.", 10),
  timeout: duration("Longest wait for the status of a check."),
  path: text("Path to ask for, below the server's base path.", 'a path such as "/health"', isPath),
  expectedStatuses: statuses('Statuses that pass, such as "200-299,304".'),
  healthyThreshold: whole("Passes in a row that bring a server back.", 1, 1_000),
  unhealthyThreshold: whole("Failures in a row that take a server out.", 1, 1_000),
  jitter: ratio("Share of the interval left to chance."),
};

/** What one server may say of its own checks; what it leaves out follows the defaults of the pool. */
export const healthOverrideSchema = section(healthCheckFields).partial();

/** A server's own health check settings as people write them. */
export type HealthOverrideDocument = z.input<typeof healthOverrideSchema>;

/** Lays what a server says of its own checks over what holds for the pool. */
export function resolveHealthCheck(
  shared: HealthSettings,
  document: HealthOverrideDocument = {},
): HealthSettings {
  const own = z.decode(healthOverrideSchema, document);
  return {
    intervalMs: own.interval ?? shared.intervalMs,
    timeoutMs: own.timeout ?? shared.timeoutMs,
    path: own.path ?? shared.path,
    expectedStatuses: own.expectedStatuses ?? shared.expectedStatuses,
    healthyThreshold: own.healthyThreshold ?? shared.healthyThreshold,
    unhealthyThreshold: own.unhealthyThreshold ?? shared.unhealthyThreshold,
    jitter: own.jitter ?? shared.jitter,
  };
}

function isPath(path: string): boolean {
  return /^\/[!-~]*$/.test(path) && !path.includes("#") && path.length <= 2_048;
}
