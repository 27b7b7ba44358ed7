import { decompress } from "../http/layers/decompress.js";
import { optional } from "../service/middleware/optional.js";
import type { Service } from "../service/service.js";
import { stack } from "../service/stack.js";
import type { HttpRequest, HttpResponse } from "../wire/http/message.js";
import { whenResponseDone } from "../wire/http/when-done.js";
import { leakGuard } from "./call/leak-guard.js";
import { overallDeadline } from "./call/overall-deadline.js";
import { withField } from "./call/with-field.js";
import { callerAgent } from "./caller-agent.js";
import { callMetrics } from "./metrics/call-metrics.js";
import { nodeMetrics } from "./metrics/node-metrics.js";
import type { CallPlan, NodePlan } from "./plan.js";
import { announceRetries } from "./policy/announce-retries.js";
import { clientRetry } from "./policy/client-retry.js";
import { attemptSpans } from "./trace/attempt-span.js";
import { exchangeSpans } from "./trace/exchange-spans.js";
import { requestSpan } from "./trace/request-span.js";
import { nodeTarget } from "./transport/node-target.js";

type HttpService = Service<HttpRequest, HttpResponse>;

/** The layers of a client from its callers to the choice of a node, the outermost first. */
export function clientStack(
  { service, settings, retry, limitMs }: CallPlan,
  nodes: HttpService,
): HttpService {
  const { clock, metrics, trace, nodeWait } = settings;
  return stack<HttpService>(
    leakGuard(),
    optional(metrics && callMetrics({ metrics, service, clock })),
    optional(trace && requestSpan(trace, whenResponseDone)),
    overallDeadline({ limitMs, whenDone: whenResponseDone, clock }),
    clientRetry(retry),
    announceRetries({ withHeader: withField, retries: retry.retries }),
    optional(trace && attemptSpans()),
    optional(nodeWait?.outside<HttpRequest, HttpResponse>()),
  )(nodes);
}

/** The layers of a client from the choice of a node to its transport, the outermost first. */
export function nodeStack({ service, settings, url, index }: NodePlan, transport: HttpService): HttpService {
  const { traceFormats, nodeWait, compression, metrics, hostMetrics, clock } = settings;
  return stack<HttpService>(
    optional(nodeWait?.inside<HttpRequest, HttpResponse>({ node: index })),
    optional((metrics ?? hostMetrics) && nodeMetrics({ service, url, metrics, hostMetrics, clock })),
    nodeTarget(url),
    exchangeSpans(traceFormats),
    callerAgent(settings.userAgent),
    optional(compression ? decompress() : undefined),
  )(transport);
}
