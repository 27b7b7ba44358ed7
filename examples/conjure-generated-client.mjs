// A client in the form that conjure-typescript generates, unmodified, against a server that speaks Conjure: calls
// go through retries, and errors come back with their name and parameters.
import { createServer } from "node:http";
import { openClient } from "millrace/client";
import {
  conjureListener,
  createConjureBridge,
  decodeJson,
  decodeParameter,
  encodeJson,
  isConjureError,
  QosError,
  ServiceError,
  types,
} from "millrace/client/conjure";

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
let requests = 0;
const server = createServer(
  conjureListener(async (request, response) => {
    requests += 1;
    if (requests < 3) throw new QosError({ kind: "unavailable" });
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

// The client, with all that clients of Millrace do. Any other service of HTTP would do as well.
const calls = await openClient({
  service: "widgets",
  uris: [`http://127.0.0.1:${port}`],
  userAgent: { primary: { name: "example", version: "1.0.0" } },
  backoffSlotMs: 5,
});
const bridge = createConjureBridge(calls, {
  userAgent: { productName: "example", productVersion: "1.0.0" },
});
const client = new WidgetService(bridge);

await client.putWidget({ widgetId: "gear/1", sizes: [3, 5] });
console.log(`put after ${requests} requests`);
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

await calls.close();
server.close();
