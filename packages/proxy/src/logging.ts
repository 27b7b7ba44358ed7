import { type DestinationStream, pino } from "pino";

/** Writes one line: what is known of it, then what happened. A field `err` holds an error. */
export type LogLine = (fields: object, message: string) => void;

/** A structured log. pino's loggers are ones. */
export interface Log {
  /** For those who look for a fault. */
  readonly debug: LogLine;
  /** Something happened that is meant to happen. */
  readonly info: LogLine;
  /** Something is wrong, and goes on. */
  readonly warn: LogLine;
  /** Something failed that should not. */
  readonly error: LogLine;
}

/** How a log is written. */
export interface LogOptions {
  /** Least level that is written. */
  readonly level: "debug" | "info" | "warn" | "error" | "silent";
  /** `text` for people, `json` for programs. */
  readonly format: "text" | "json";
  /** Where lines go. */
  readonly destination: DestinationStream;
}

/** Makes a log. */
export function createLog({ level, format, destination }: LogOptions): Log {
  const stream =
    format === "json" ? destination : { write: (line: string) => destination.write(toText(line)) };
  return pino({ level, base: null, formatters: { level: (label) => ({ level: label }) } }, stream);
}

/** A log that nobody reads. */
export function createSilentLog(): Log {
  return pino({ level: "silent" });
}

/** Turns a JSON line into `12:00:00 WARN server is down id=10.0.0.1:80`. */
function toText(line: string): string {
  const { level, time, msg, err, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const clock = new Date(Number(time)).toISOString().slice(11, 19);
  const details = Object.entries(fields).map(([key, value]) => ` ${key}=${fieldText(value)}`);
  return `${clock} ${String(level).toUpperCase().padEnd(5)} ${String(msg)}${details.join("")}${errorText(err)}\n`;
}

function fieldText(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return /^[^\s"=]+$/.test(text) ? text : JSON.stringify(text);
}

function errorText(error: unknown): string {
  if (typeof error !== "object" || error === null) return "";
  return `\n  ${String((error as { stack?: unknown }).stack ?? "").replaceAll("\n", "\n  ")}`;
}
