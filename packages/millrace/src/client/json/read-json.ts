import { MillraceError } from "../../base/errors.js";
import { collect } from "../../http/body/collect.js";
import { discard } from "../../http/body/discard.js";
import { decodeText, textOf } from "../../http/body/text.js";
import { FieldId } from "../../wire/http/field-id.js";
import type { HttpResponse } from "../../wire/http/message.js";
import type { Endpoint } from "../call/endpoint.js";
import { describeIssues, type StandardSchema } from "./standard-schema.js";

/** How the JSON of an answer is read. */
export interface JsonReading {
  readonly endpoint: Endpoint;
  readonly schema: StandardSchema | undefined;
  readonly maxBytes: number;
}

/**
 * Reads the JSON of an answer; `undefined` of one without content.
 *
 * @throws MillraceError `protocol` when it is no JSON or does not fit its schema, `too-large` when it is
 * longer than allowed; at once, or from what is returned where there is something to wait for
 */
export function readJson(response: HttpResponse, reading: JsonReading): unknown {
  const { body, fields, status } = response;
  if (status === 204 || body.kind === "empty") {
    discard(body);
    return checked(undefined, reading);
  }
  const type = fields.getId(FieldId.contentType);
  if (type !== undefined && !isJson(type)) {
    discard(body);
    throw badAnswer(reading, `expected JSON, found ${type.slice(0, 64)}`);
  }
  const text = body.length !== undefined && body.length > reading.maxBytes ? undefined : textOf(body);
  if (text !== undefined) return parsed(text, reading);
  return collect(body, reading.maxBytes).then((bytes) => parsed(decodeText(bytes), reading));
}

function parsed(text: string, reading: JsonReading): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw badAnswer(reading, "expected JSON, found what is none", cause);
  }
  return checked(value, reading);
}

function checked(value: unknown, reading: JsonReading): unknown {
  const { schema } = reading;
  return schema === undefined ? value : validated(value, schema, reading);
}

async function validated(value: unknown, schema: StandardSchema, reading: JsonReading): Promise<unknown> {
  const result = await schema["~standard"].validate(value);
  if (!result.issues) return result.value;
  throw badAnswer(reading, describeIssues(result.issues), result.issues);
}

function isJson(type: string): boolean {
  return type === "application/json" || /^application\/(?:[\w!#$&^.-]+\+)?json\s*(?:;|$)/i.test(type);
}

function badAnswer({ endpoint }: JsonReading, what: string, cause?: unknown): MillraceError {
  return new MillraceError(`answer of ${endpoint.method} ${endpoint.path}: ${what}`, {
    code: "protocol",
    unsent: false,
    cause,
  });
}
