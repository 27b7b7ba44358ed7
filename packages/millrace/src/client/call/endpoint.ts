/**
 * What a request asks of a service, as its API describes it rather than as it goes over the wire.
 * Limiters, metrics, spans and the user agent speak of endpoints. Make each once and use it for every call.
 */
export interface Endpoint {
  /** Name of the API, such as `WidgetService`; not of the service's entry in the configuration. */
  readonly service: string;
  /** Version of the API; `undefined` when nobody knows it. */
  readonly version: string | undefined;
  /** Name of the endpoint, such as `getWidget`. */
  readonly name: string;
  /** HTTP method, in capitals. */
  readonly method: string;
  /** Path with the names of its parameters in place of their values: `/widgets/{widgetId}`. */
  readonly path: string;
}
