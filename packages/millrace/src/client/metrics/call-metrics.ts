import type { Clock } from "../../base/clock.js";
import { type ErrorCode, isMillraceError } from "../../base/errors.js";
import type { CallContext } from "../../service/context.js";
import type { Policy } from "../../service/service.js";
import { withCall } from "../../service/with-call.js";
import { byEndpoint } from "./by-endpoint.js";
import type { ClientMetrics } from "./instruments.js";

/** What is measured of the calls of a client. */
export interface CallMetricsOptions {
  /** Where measurements go. */
  readonly metrics: ClientMetrics;
  /** Name of the service in the configuration. */
  readonly service: string;
  /** Measures. */
  readonly clock: Clock;
}

/**
 * Measures how long callers wait for a response, all attempts included, under the names of conjure_runtime. Belongs
 * outside of everything else. OpenTelemetry has names for attempts only: {@link nodeMetrics}.
 */
export function callMetrics<Request, Response extends { readonly status: number }>(
  options: CallMetricsOptions,
): Policy<Request, Response> {
  const { metrics, clock } = options;
  if (!metrics.clientResponse && !metrics.clientRequest) return (inner) => inner;
  const ended = recorderOf(options);

  return (inner) =>
    withCall(inner, (request, context) => {
      const began = clock.now();
      return inner.call(request, context).then(
        (response) => {
          ended(context, { seconds: (clock.now() - began) / 1_000, succeeded: response.status < 300 });
          return response;
        },
        (error: unknown) => {
          ended(context, { seconds: (clock.now() - began) / 1_000, succeeded: false, error });
          throw error;
        },
      );
    });
}

interface EndedCall {
  readonly seconds: number;
  readonly succeeded: boolean;
  readonly error?: unknown;
}

function recorderOf({
  metrics,
  service,
}: CallMetricsOptions): (context: CallContext, call: EndedCall) => void {
  const { clientResponse, clientRequest, clientRequestError } = metrics;
  const legacy = { service };
  const failed = { service, reason: "IOException" };
  const labelsOf = byEndpoint((endpoint) => {
    const labels = { "channel-name": service, "service-name": endpoint.service, endpoint: endpoint.name };
    return { success: { ...labels, status: "success" }, failure: { ...labels, status: "failure" } };
  });
  return (context, { seconds, succeeded, error }) => {
    clientResponse?.(seconds, succeeded ? labelsOf(context).success : labelsOf(context).failure);
    clientRequest?.(seconds, legacy);
    if (clientRequestError && isIoError(error)) clientRequestError(1, failed);
  };
}

const ioCodes: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "connect-failed",
  "connection-lost",
  "protocol",
  "timeout",
]);

/** Whether something is wrong with the way to the server, not with the call. */
function isIoError(error: unknown): boolean {
  return isMillraceError(error) && ioCodes.has(error.code);
}
