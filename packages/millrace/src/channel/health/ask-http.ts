import type { CallContext } from "../../service/context.js";
import { type Body, emptyBody, readAll } from "../../wire/http/body.js";
import { Fields } from "../../wire/http/fields.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";

/** First and last status of a range, both included. */
export type StatusRange = readonly [first: number, last: number];

/** What a server is asked to find out whether it is well, and what it must answer. */
export interface HttpHealthQuestion {
  /** @defaultValue `GET` */
  readonly method?: string | undefined;
  /** Path, with a query if need be; starts with `/`. */
  readonly path: string;
  /** Host, with a port if need be, that the request is for. */
  readonly host: string;
  /** `http` or `https`. */
  readonly scheme: string;
  /** Fields sent with it, beside `User-Agent`. */
  readonly fields?: Iterable<readonly [name: string, value: string]> | undefined;
  /** Statuses that pass. */
  readonly expectedStatuses: readonly StatusRange[];
  /**
   * What the content must have in it, in UTF-8; of content longer than 64 KiB none passes.
   * @defaultValue any content will do, and is not waited for
   */
  readonly expectedBody?: string | RegExp | undefined;
}

/** What came of asking. */
export interface HealthAnswer {
  /** Whether the answer is one of a healthy server. */
  readonly passed: boolean;
  /** The status of the answer, if there was one. */
  readonly status?: number;
  /** Why, for people: `status 200`, `connect ECONNREFUSED 127.0.0.1:1`. */
  readonly reason: string;
}

const maxBodyBytes = 64 * 1024;

/**
 * Asks a server over HTTP whether it is well. `call` makes the call; content that nobody looks at is read
 * all the same, up to 64 KiB, so that the connection can be used again.
 *
 * @throws whatever `call` fails with
 */
export async function askHttp(
  question: HttpHealthQuestion,
  call: (request: HttpRequest, context: CallContext) => Promise<HttpResponse>,
  context: CallContext,
): Promise<HealthAnswer> {
  const { status, body } = await call(healthRequest(question), context);
  const { expectedBody, expectedStatuses } = question;
  const answer = { passed: includesStatus(expectedStatuses, status), status, reason: `status ${status}` };
  if (expectedBody === undefined || !answer.passed) {
    readAll(body, maxBodyBytes).catch(() => {});
    return answer;
  }
  if (await hasContent(body, expectedBody)) return answer;
  return { passed: false, status, reason: `status ${status}, but not the content expected` };
}

/** Whether `status` lies in one of `ranges`. */
function includesStatus(ranges: readonly StatusRange[], status: number): boolean {
  return ranges.some(([first, last]) => status >= first && status <= last);
}

async function hasContent(body: Body, expected: string | RegExp): Promise<boolean> {
  const content = await readAll(body, maxBodyBytes);
  const text = Buffer.from(content.buffer, content.byteOffset, content.length).toString("utf8");
  return typeof expected === "string" ? text.includes(expected) : text.search(expected) >= 0;
}

function healthRequest({ method = "GET", path, host, scheme, fields = [] }: HttpHealthQuestion): HttpRequest {
  return {
    method,
    target: { form: "origin", path, authority: host, scheme },
    minorVersion: 1,
    fields: Fields.from([["User-Agent", "millrace-health-check"], ...fields]),
    body: emptyBody,
  };
}
