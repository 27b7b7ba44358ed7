import type { Clock } from "../../base/clock.js";
import { MillraceError } from "../../base/errors.js";
import type { Random } from "../../base/random.js";
import { createContext } from "../../service/context.js";
import { askHttp, type HealthAnswer } from "./ask-http.js";
import { type HealthCheck, type HealthSubject, type HttpHealthCheck, healthPlan } from "./health-check.js";
import { HealthChecks } from "./health-checks.js";
import { watchVerdicts } from "./watch-verdicts.js";

/** A member to be checked. */
export interface CheckedMember extends HealthSubject {
  /** Host that it is called by, with a port if need be. */
  readonly host: string;
  /** `http` or `https`. */
  readonly scheme: string;
  /** Makes a connection to its address, and closes it. */
  tryConnection(signal: AbortSignal): Promise<void>;
}

/** Hears verdicts on a member: the first one, and each that differs from the one before. */
export interface VerdictListener {
  healthy(): void;
  unhealthy(error: MillraceError): void;
}

/** What time and chance a watch goes by. */
export interface HealthWatchParts {
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * Checks a member until disposed. The first check starts at once; its verdict comes later, even if there
 * is nothing to check.
 */
export function watchHealth(
  check: HealthCheck,
  member: CheckedMember,
  listener: VerdictListener & HealthWatchParts,
): AsyncDisposable {
  const report = onceEach(member.address, listener);
  if (check.kind === "custom") return watchVerdicts(check, member, report);
  if (check.kind === "none") return healthyAtOnce(report);
  const plan = healthPlan(check);
  const { clock, random } = listener;
  return new HealthChecks({
    plan: () => plan,
    ask: (signal) => (check.kind === "http" ? ask(check, member, signal) : connect(member, signal)),
    onResult: ({ healthy }, { reason }) => report(healthy, reason),
    clock,
    random,
  });
}

/** Passes on what is news. */
function onceEach(address: string, listener: VerdictListener): (healthy: boolean, reason: string) => void {
  let last: boolean | undefined;
  return (healthy, reason) => {
    if (healthy === last) return;
    last = healthy;
    if (healthy) listener.healthy();
    else {
      const message = `${address} is unhealthy: ${reason}`;
      listener.unhealthy(new MillraceError(message, { code: "unavailable", unsent: true }));
    }
  };
}

async function ask(
  check: HttpHealthCheck,
  member: CheckedMember,
  signal: AbortSignal,
): Promise<HealthAnswer> {
  const context = createContext({ signal });
  const question = {
    ...check,
    host: check.host ?? member.host,
    scheme: member.scheme,
    expectedStatuses: check.expectedStatuses ?? [[200, 299] as const],
  };
  try {
    return await askHttp(question, (request, own) => member.service.call(request, own), context);
  } finally {
    context.release();
  }
}

async function connect(member: CheckedMember, signal: AbortSignal): Promise<HealthAnswer> {
  await member.tryConnection(signal);
  return { passed: true, reason: "connected" };
}

function healthyAtOnce(report: (healthy: boolean, reason: string) => void): AsyncDisposable {
  let watched = true;
  queueMicrotask(() => {
    if (watched) report(true, "connected");
  });
  return {
    async [Symbol.asyncDispose]() {
      watched = false;
    },
  };
}
