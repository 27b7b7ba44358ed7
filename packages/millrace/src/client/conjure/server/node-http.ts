import type { IncomingMessage, ServerResponse } from "node:http";
import { type ErrorAnswerOptions, errorAnswer } from "./error-answer.js";
import { representationFields } from "./representation.js";

/** What is used of the `ServerResponse` of `node:http` or `node:http2`. */
export interface NodeResponse {
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  statusCode: number;
  removeHeader(name: string): void;
  setHeader(name: string, value: string): unknown;
  end(body: string): unknown;
  destroy(error?: Error): unknown;
}

/**
 * Wraps a listener for `node:http`: what it throws, at once or later, is answered as a Conjure error. An answer
 * that has begun is broken off, so that the client does not take it for whole.
 */
export function conjureListener<Request = IncomingMessage, Response extends NodeResponse = ServerResponse>(
  listener: (request: Request, response: Response) => unknown,
  options: ErrorAnswerOptions = {},
): (request: Request, response: Response) => void {
  const answer = async (request: Request, response: Response) => {
    try {
      await listener(request, response);
    } catch (error) {
      sendError(response, error, options);
    }
  };
  return (request, response) => void answer(request, response);
}

/** Answers with a Conjure error what `error` ended. */
export function sendError(response: NodeResponse, error: unknown, options: ErrorAnswerOptions = {}): void {
  const { status, headers, body } = errorAnswer(error, options);
  if (response.writableEnded) return;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const name of representationFields) response.removeHeader(name);
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.end(body);
}
