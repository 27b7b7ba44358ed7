import { FieldId } from "../../wire/http/field-id.js";
import type { Fields } from "../../wire/http/fields.js";

const seconds = /^[0-9]{1,9}$/;

/**
 * How long an answer asks to wait before another try, in milliseconds. Only whole seconds are
 * understood: a date compares two clocks that may differ, and what is malformed asks for nothing.
 */
export function retryAfterMs(fields: Fields): number | undefined {
  const value = fields.getId(FieldId.retryAfter);
  return value !== undefined && seconds.test(value) ? Number(value) * 1_000 : undefined;
}
