import { type ErrorAnswerOptions, errorAnswer } from "./error-answer.js";
import { representationFields } from "./representation.js";

/** What is used of a Fastify reply. */
export interface FastifyReply {
  removeHeader(name: string): unknown;
  code(status: number): unknown;
  headers(values: Record<string, string>): unknown;
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
