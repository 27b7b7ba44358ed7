import type { Clock } from "../../base/clock.js";
import { isMillraceError } from "../../base/errors.js";
import { methodLabel } from "../../base/method-label.js";
import type { Labels } from "../../base/metric-sink.js";
import type { Policy } from "../../service/service.js";
import { withCall } from "../../service/with-call.js";
import type { Endpoint } from "../call/endpoint.js";
import { byEndpoint } from "./by-endpoint.js";
import type { HostMetrics, HostMetricsRegistry, HostPlace } from "./host-metrics.js";
import type { ClientMetrics } from "./instruments.js";

/** What is measured of the attempts that go to one node. */
export interface NodeMetricsOptions {
  /** Name of the service in the configuration. */
  readonly service: string;
  /** The node: an `http` or `https` URL. */
  readonly url: URL;
  /** Where measurements go. @defaultValue nowhere */
  readonly metrics?: ClientMetrics | undefined;
  /** Keeps what is seen of the host. @defaultValue nobody does */
  readonly hostMetrics?: HostMetricsRegistry | undefined;
  /** Measures. */
  readonly clock: Clock;
}

/**
 * Measures each attempt at one node until the head of its answer: `http.client.request.duration` and
 * `http.client.active_requests` of OpenTelemetry, and the host's {@link HostMetrics}. Belongs on each node. A call
 * that its caller gave up says nothing of the host.
 */
export function nodeMetrics<Request, Response extends { readonly status: number }>(
  options: NodeMetricsOptions,
): Policy<Request, Response> {
  const { service, url, metrics, hostMetrics, clock } = options;
  const host = hostMetrics?.get(service, placeOf(url));
  const labelsOf = metrics?.requestDuration && byEndpoint((endpoint) => new NodeLabels(endpoint, url));
  if (!host && !labelsOf) return (inner) => inner;

  return (inner) =>
    withCall(inner, (request, context) => {
      const began = clock.now();
      const labels = labelsOf?.(context, methodOf(request));
      if (labels) metrics?.activeRequests?.(1, labels.node);
      const end = (outcome: number | string, ms: number) => {
        if (!labels) return;
        metrics?.activeRequests?.(-1, labels.node);
        metrics?.requestDuration?.(ms / 1_000, labels.of(outcome));
      };
      return inner.call(request, context).then(
        (response) => {
          const ms = clock.now() - began;
          end(response.status, ms);
          host?.answered(response.status, ms);
          return response;
        },
        (error: unknown) => {
          end(isMillraceError(error) ? error.code : "_OTHER", clock.now() - began);
          if (!context.aborted) noteFailure(host, error);
          throw error;
        },
      );
    });
}

/** The labels of one endpoint at one node, each set made when it is first needed. */
class NodeLabels {
  readonly node: Labels;
  readonly #byOutcome = new Map<number | string, Labels>();

  constructor({ method, path }: Endpoint, url: URL) {
    const { host, port } = placeOf(url);
    this.node = {
      "http.request.method": methodLabel(method),
      "server.address": host,
      "server.port": port,
      "url.scheme": url.protocol.slice(0, -1),
      ...(path === "" ? {} : { "url.template": path }),
    };
  }

  of(outcome: number | string): Labels {
    let labels = this.#byOutcome.get(outcome);
    if (!labels) {
      labels = { ...this.node, ...outcomeLabels(outcome) };
      this.#byOutcome.set(outcome, labels);
    }
    return labels;
  }
}

function outcomeLabels(outcome: number | string): Labels {
  if (typeof outcome === "string") return { "error.type": outcome };
  const error: Labels = outcome >= 400 ? { "error.type": String(outcome) } : {};
  return { "http.response.status_code": outcome, ...error };
}

function noteFailure(host: HostMetrics | undefined, error: unknown): void {
  // What was turned away on this side says nothing of the host.
  if (isMillraceError(error) && (error.code === "overloaded" || error.code === "invalid-options")) return;
  host?.failed();
}

function placeOf({ hostname, port, protocol }: URL): HostPlace {
  const host = hostname.replace(/^\[|\]$/g, "");
  return { host, port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port) };
}

/** The method of a request, where it has one. */
function methodOf(request: unknown): string | undefined {
  return (request as { readonly method?: string } | undefined)?.method;
}
