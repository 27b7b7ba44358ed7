import { FieldId, type HttpRequest } from "millrace/wire";

/** Whether a request asks to be answered by whoever has it now (RFC 9110 §7.6.2). */
export function isSpent({ method, fields }: HttpRequest): boolean {
  if (!counts(method) || !fields.hasId(FieldId.maxForwards)) return false;
  return /^0+$/.test(fields.getId(FieldId.maxForwards)!);
}

/** Whether requests of a method count how far they may still go. */
export function counts(method: string): boolean {
  return method === "OPTIONS" || method === "TRACE";
}

/** A `Max-Forwards` for the next hop; what is no number stays as it is. */
export function oneLess(value: string): string {
  if (!/^[0-9]+$/.test(value)) return value;
  return String(Math.min(Math.max(Number(value) - 1, 0), Number.MAX_SAFE_INTEGER));
}
