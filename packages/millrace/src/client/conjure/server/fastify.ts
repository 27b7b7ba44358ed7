import { type ErrorAnswerOptions, errorAnswer } from "./error-answer.js";
import { representationFields } from "./representation.js";

/** What is used of a Fastify reply. */
export interface FastifyReply {
  /** Takes a header field back that was set before. */
  removeHeader(name: string): unknown;
  /** Sets the status. */
  code(status: number): unknown;
  /** Sets these header fields. */
  headers(values: Record<string, string>): unknown;
  /** Answers with this content. */
  send(body: string): unknown;
}

/**
 * Makes the error handler of a Fastify application whose clients speak Conjure:
 * `app.setErrorHandler(conjureFastify())`. Errors of Fastify's own, such as a body that is too long, keep their status.
 */
export function conjureFastify(
  options: ErrorAnswerOptions = {},
): (error: unknown, request: unknown, reply: FastifyReply) => void {
  return (error, _request, reply) => {
    const { status, headers, body } = errorAnswer(error, options);
    for (const name of representationFields) reply.removeHeader(name);
    reply.code(status);
    reply.headers({ ...headers });
    reply.send(body);
  };
}
