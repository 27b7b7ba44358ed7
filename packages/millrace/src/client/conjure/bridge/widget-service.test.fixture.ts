// A client in the form that conjure-typescript 5 generates, with the imports it generates.
import type { IHttpApiBridge } from "conjure-client";

/** A thing with an id. */
export interface IWidget {
  readonly widgetId: string;
  readonly size?: number | "NaN" | null;
}

/** There is no widget of that id. */
export interface IWidgetNotFound {
  readonly errorCode: "NOT_FOUND";
  readonly errorInstanceId: string;
  readonly errorName: "Widgets:WidgetNotFound";
  readonly parameters: { readonly widgetId: string };
}

/** Whether an error is that of a widget that is not there. */
// biome-ignore lint/suspicious/noExplicitAny: as it is generated
export function isWidgetNotFound(arg: any): arg is IWidgetNotFound {
  return arg && arg.errorName === "Widgets:WidgetNotFound";
}

/** Constant reference to `undefined` that we expect to get minified and therefore reduce total code size */
const __undefined: undefined = undefined;

/** Keeps widgets. */
export class WidgetService {
  private readonly bridge: IHttpApiBridge;

  constructor(bridge: IHttpApiBridge) {
    this.bridge = bridge;
  }

  getWidget(widgetId: string): Promise<IWidget> {
    return this.bridge.call<IWidget>(
      "WidgetService",
      "getWidget",
      "GET",
      "/widgets/{widgetId}",
      __undefined,
      __undefined,
      __undefined,
      [widgetId],
      __undefined,
      __undefined,
    );
  }

  findWidgets(
    kinds: readonly string[],
    limit?: number | null,
    traceHeader?: string | null,
  ): Promise<IWidget[]> {
    return this.bridge.call<IWidget[]>(
      "WidgetService",
      "findWidgets",
      "GET",
      "/widgets",
      __undefined,
      { "X-Trace": traceHeader },
      { kind: kinds, limit },
      __undefined,
      __undefined,
      __undefined,
    );
  }

  putWidget(widget: IWidget): Promise<void> {
    return this.bridge.call<void>(
      "WidgetService",
      "putWidget",
      "PUT",
      "/widgets/{widgetId}",
      widget,
      __undefined,
      __undefined,
      [widget.widgetId],
      __undefined,
      __undefined,
    );
  }

  getPicture(widgetId: string): Promise<ReadableStream<Uint8Array>> {
    return this.bridge.call<ReadableStream<Uint8Array>>(
      "WidgetService",
      "getPicture",
      "GET",
      "/widgets/{widgetId}/picture",
      __undefined,
      __undefined,
      __undefined,
      [widgetId],
      __undefined,
      "application/octet-stream",
    );
  }

  putPicture(widgetId: string, picture: ReadableStream<Uint8Array> | Uint8Array | Blob): Promise<void> {
    return this.bridge.call<void>(
      "WidgetService",
      "putPicture",
      "POST",
      "/widgets/{widgetId}/picture",
      picture,
      __undefined,
      __undefined,
      [widgetId],
      "application/octet-stream",
      __undefined,
    );
  }
}
