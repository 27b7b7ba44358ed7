// The spans of a call that is tried twice, collected in memory with OpenTelemetry's SDK, and what the server was told.
import { createServer } from "node:http";
import * as api from "@opentelemetry/api";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import { openClient } from "millrace/client";
import { openTelemetryTracing } from "millrace/client/open-telemetry";
import { extractTrace } from "millrace/client/trace";

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

const client = await openClient({
  service: "greetings",
  uris: [`http://127.0.0.1:${port}`],
  userAgent: { primary: { name: "example", version: "1.0.0" } },
  tracing: { tracing: openTelemetryTracing(api) },
  backoffSlotMs: 5,
});
const { status, body } = await client.request("GET", "/");
console.log(`${status}: ${await body.text()}`);
await client.close();
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
