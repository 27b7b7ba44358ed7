import type { Clock } from "../../base/clock.js";

/** Makes a function that gives the time as a `Date` field does (RFC 9110 §5.6.7), made once a second. */
export function createDateField(clock: Clock): () => string {
  let second = -1;
  let text = "";
  return () => {
    const now = Math.floor(clock.wallTime() / 1_000);
    if (now !== second) {
      second = now;
      text = new Date(now * 1_000).toUTCString();
    }
    return text;
  };
}
