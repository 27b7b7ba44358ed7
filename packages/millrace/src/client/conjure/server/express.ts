import type { ErrorAnswerOptions } from "./error-answer.js";
import { type NodeResponse, sendError } from "./node-http.js";

/** A handler of errors as Express knows it by its four parameters. */
export type ExpressErrorHandler = (
  error: unknown,
  request: unknown,
  response: NodeResponse,
  next: (error?: unknown) => void,
) => void;

/**
 * Makes the error handler of an Express application whose clients speak Conjure: `app.use(conjureExpress())`, after
 * all routes.
 */
export function conjureExpress(options: ErrorAnswerOptions = {}): ExpressErrorHandler {
  // Express tells error handlers from others by the number of parameters.
  return (error, _request, response, _next) => sendError(response, error, options);
}
