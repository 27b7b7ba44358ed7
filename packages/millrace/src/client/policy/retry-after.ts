/**
 * Reads a `Retry-After` field: a number of seconds, or a date. Returns the wait from `wallTimeMs` on, in
 * milliseconds, 0 for a date that has passed; `undefined` for what is neither.
 */
export function parseRetryAfter(value: string, wallTimeMs: number): number | undefined {
  const text = value.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!httpDate.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - wallTimeMs);
}

/** The form of dates that RFC 9110 has all senders use. `Date.parse` alone takes nearly anything. */
const httpDate = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
