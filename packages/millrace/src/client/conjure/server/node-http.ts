import type { IncomingMessage, ServerResponse } from "node:http";
import { type ErrorAnswerOptions, errorAnswer } from "./error-answer.js";
import { representationFields } from "./representation.js";

/** What is used of the `ServerResponse` of `node:http` or `node:http2`. */
export interface NodeResponse {
  /** Whether the answer has begun. */
  readonly headersSent: boolean;
  /** Whether the answer is complete. */
  readonly writableEnded: boolean;
  /** The status of the answer. */
  statusCode: number;
  /** Takes a header field back that was set before. */
  removeHeader(name: string): void;
  /** Sets a header field. */
  setHeader(name: string, value: string): unknown;
  /** Answers with this content. */
  end(body: string): unknown;
  /** Breaks the answer off. */
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
