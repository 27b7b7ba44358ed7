// The spans of a call that is tried twice, collected in memory with OpenTelemetry's SDK, and what the server was told.
import { createServer } from "node:http";
import * as api from "@opentelemetry/api";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { createUrlConnector, openConnectionPool } from "millrace/channel";
import { openTelemetryTracing } from "millrace/client/open-telemetry";
import {
  attemptSpans,
  exchangeSpans,
  extractTrace,
  requestSpan,
  traceSettings,
  waitSpan,
} from "millrace/client/trace";
import { concurrencyLimit, createContext, retry, stack } from "millrace/service";
import { emptyBody, Fields, readAll, whenResponseDone } from "millrace/wire";

const exporter = new InMemorySpanExporter();
api.trace.setGlobalTracerProvider(
  new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
);

/** @type {(string | undefined)[]} */
const told = [];
const server = createServer((request, response) => {
  told.push(extractTrace(request.headers)?.spanId);
  response.writeHead(told.length === 1 ? 503 : 200).end("hello");
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
const url = new URL(`http://127.0.0.1:${port}`);
const pool = openConnectionPool({ connector: createUrlConnector(url) });

// A client of millrace/client has all of this: it takes `tracing` as an option.
const trace = traceSettings({ tracing: openTelemetryTracing(api) });
const permit = waitSpan("acquire-permit");
/** @type {import("millrace/service").Policy<import("millrace/wire").HttpRequest, import("millrace/wire").HttpResponse>} */
const again = retry({
  policy: {
    shouldRetry: (_request, outcome) =>
      "response" in outcome && outcome.response.status === 503 ? { delayMs: 5 } : false,
    discard: ({ body }) => body.kind === "stream" && body.cancel(),
  },
});
const service = stack(
  requestSpan(trace, whenResponseDone),
  again,
  attemptSpans(),
  permit.outside(),
  concurrencyLimit({ limit: 10 }),
  permit.inside({ node: 0 }),
  exchangeSpans(trace.formats),
)(pool);

const response = await service.call(
  {
    method: "GET",
    target: { form: "origin", path: "/", authority: url.host, scheme: "http" },
    minorVersion: 1,
    fields: new Fields(),
    body: emptyBody,
  },
  createContext(),
);
console.log(`${response.status}: ${Buffer.from(await readAll(response.body)).toString()}`);
await pool.close();
server.close();

const spans = exporter.getFinishedSpans();
/** @returns {void} */
function print(/** @type {string | undefined} */ parent, depth = 0) {
  const children = spans.filter((span) => span.parentSpanContext?.spanId === parent);
  children.sort((a, b) => a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1]);
  for (const span of children) {
    const { name, attributes } = span;
    const { spanId } = span.spanContext();
    const outcome = attributes["outcome"] === undefined ? "" : `, ${attributes["outcome"]}`;
    console.log(
      `${"  ".repeat(depth)}${name}${outcome}${told.includes(spanId) ? ", told to the server" : ""}`,
    );
    print(spanId, depth + 1);
  }
}
print(undefined);
