// A client in the form that conjure-typescript generates, unmodified, against a server that speaks Conjure: calls
// go through retries, and errors come back with their name and parameters.
import { createServer } from "node:http";
import { createUrlConnector, openConnectionPool } from "millrace/channel";
import {
  conjureListener,
  createConjureBridge,
  decodeJson,
  decodeParameter,
  encodeJson,
  errorMapping,
  isConjureError,
  isRemoteError,
  QosError,
  ServiceError,
  types,
} from "millrace/client/conjure";
import { retry, stack } from "millrace/service";

/** What the generator writes for a service of two endpoints. Its types are left out here. */
class WidgetService {
  constructor(/** @type {import("millrace/client/conjure").ConjureBridge} */ bridge) {
    this.bridge = bridge;
  }

  getWidget(/** @type {string} */ widgetId) {
    return /** @type {Promise<{ widgetId: string, sizes: number[] }>} */ (
      this.bridge.call(
        "WidgetService",
        "getWidget",
        "GET",
        "/widgets/{widgetId}",
        undefined,
        undefined,
        undefined,
        [widgetId],
        undefined,
        undefined,
      )
    );
  }

  putWidget(/** @type {{ widgetId: string, sizes: number[] }} */ widget) {
    return /** @type {Promise<void>} */ (
      this.bridge.call(
        "WidgetService",
        "putWidget",
        "PUT",
        "/widgets",
        widget,
        undefined,
        undefined,
        undefined,
      )
    );
  }
}

/** And for the error that the service declares. */
const isWidgetNotFound = (/** @type {any} */ error) => error && error.errorName === "Widgets:WidgetNotFound";

// The server: strict types for what comes in, and thrown errors for what goes wrong.
const widget = types.object({ widgetId: types.string, sizes: types.list(types.integer) });
const widgets = new Map();
let refusals = 2;
const server = createServer(
  conjureListener(async (request, response) => {
    if (refusals-- > 0) throw new QosError({ kind: "unavailable" });
    const [, , id] = (request.url ?? "").split("/").map(decodeURIComponent);
    if (request.method === "PUT") {
      let text = "";
      for await (const chunk of request) text += chunk;
      const value = decodeJson(widget, text);
      widgets.set(value.widgetId, value);
      response.writeHead(204).end();
      return;
    }
    const widgetId = decodeParameter(types.string, "widgetId", id);
    const found = widgets.get(widgetId);
    if (!found) {
      throw new ServiceError({ code: "NOT_FOUND", name: "Widgets:WidgetNotFound", unsafe: { widgetId } });
    }
    response.writeHead(200, { "Content-Type": "application/json" }).end(encodeJson(widget, found));
  }),
);
await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());

// The client: any service of HTTP will do. A client of millrace/client brings retries of its own.
const url = `http://127.0.0.1:${port}`;
const pool = openConnectionPool({ connector: createUrlConnector(new URL(url)) });
const service = stack(
  retry({
    attempts: 5,
    policy: {
      shouldRetry: (_request, outcome) =>
        "error" in outcome && isRemoteError(outcome.error) && outcome.error.code !== "failed",
    },
    onRetry: ({ kind, attempt }) => console.log(`attempt ${attempt}: ${kind}`),
  }),
  errorMapping(),
)(pool);
const bridge = createConjureBridge(service, {
  userAgent: { productName: "example", productVersion: "1.0.0" },
  baseUrl: url,
});
const client = new WidgetService(bridge);

await client.putWidget({ widgetId: "gear/1", sizes: [3, 5] });
console.log(JSON.stringify(await client.getWidget("gear/1")));
try {
  await client.getWidget("gear/2");
} catch (error) {
  if (!isConjureError(error) || !isWidgetNotFound(error.body)) throw error;
  console.log(`${error.status}: no widget ${/** @type {any} */ (error.body).parameters.widgetId}`);
}
const wrong = /** @type {any} */ ({ widgetId: "gear/3", sizes: "many" });
await client.putWidget(wrong).catch((error) => console.log(`${error.status}: ${error.body.errorName}`));

// One call with a limit of its own.
const signal = AbortSignal.timeout(1_000);
console.log((await new WidgetService(bridge.with({ signal })).getWidget("gear/1")).sizes.join(" and "));

await pool.close();
server.close();
