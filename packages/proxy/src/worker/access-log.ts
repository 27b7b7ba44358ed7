import type { Clock } from "millrace/base";
import type { Exchange } from "millrace/wire";
import type { AccessLogFormat } from "../config/settings.js";
import { plainAddress } from "../forward/trusted-proxies.js";

/** Writes one line for each request that has ended. */
export interface AccessLog {
  /** Adds the line of a request. */
  add(exchange: Exchange): void;
  /** Writes what is collected, now. */
  flush(): void;
}

/** How long lines are collected before they are written, in milliseconds. */
const collectMs = 200;
/** How much is collected at the most before it is written, in characters. */
const collectLimit = 64 * 1024;

/**
 * Makes an access log that hands whole lines to `write`, many at a time; undefined for `off`.
 *
 * `common` and `combined` are Apache's formats; `json` has the time taken and the failure as well.
 */
export function createAccessLog(
  format: AccessLogFormat,
  write: (lines: string) => void,
  clock: Clock,
): AccessLog | undefined {
  if (format === "off") return undefined;
  const line = format === "json" ? jsonLine : format === "combined" ? combinedLine : commonLine;
  let collected = "";
  let timer: Disposable | undefined;
  const flush = () => {
    timer?.[Symbol.dispose]();
    timer = undefined;
    const lines = collected;
    collected = "";
    if (lines !== "") write(lines);
  };
  const add = (exchange: Exchange) => {
    collected += line(exchange, clock);
    if (collected.length >= collectLimit) flush();
    else timer ??= clock.schedule(collectMs, flush, "call");
  };
  return { add, flush };
}

function commonLine(exchange: Exchange, clock: Clock): string {
  return `${commonPart(exchange, clock)}\n`;
}

function combinedLine(exchange: Exchange, clock: Clock): string {
  const { fields } = exchange.request;
  return `${commonPart(exchange, clock)} ${quoted(fields.get("referer"))} ${quoted(fields.get("user-agent"))}\n`;
}

function commonPart(exchange: Exchange, clock: Clock): string {
  const { request, status, sentBytes, peer } = exchange;
  const line = `${request.method} ${request.target.path} HTTP/1.${request.minorVersion}`;
  const address = plainAddress(peer.address) || "-";
  return `${address} - - [${apacheTime(startTime(exchange, clock))}] ${quoted(line)} ${status || 499} ${sentBytes || "-"}`;
}

function jsonLine(exchange: Exchange, clock: Clock): string {
  const { request, status, peer, error } = exchange;
  const entry = {
    time: new Date(startTime(exchange, clock)).toISOString(),
    client: plainAddress(peer.address),
    method: request.method,
    path: request.target.path,
    host: request.target.authority,
    protocol: `HTTP/1.${request.minorVersion}`,
    status,
    receivedBytes: exchange.receivedBytes,
    sentBytes: exchange.sentBytes,
    durationMs: Math.round((exchange.endedAt - exchange.startedAt) * 1_000) / 1_000,
    referer: request.fields.get("referer"),
    userAgent: request.fields.get("user-agent"),
    error: error instanceof Error ? error.message : undefined,
  };
  return `${JSON.stringify(entry)}\n`;
}

/** Wall-clock time of the request's head in milliseconds, from the monotonic time that the exchange keeps. */
function startTime(exchange: Exchange, clock: Clock): number {
  return clock.wallTime() - (clock.now() - exchange.startedAt);
}

function quoted(text: string | undefined): string {
  if (text === undefined) return '"-"';
  if (!/["\\]|[^\x20-\x7e]/.test(text)) return `"${text}"`;
  const escaped = text
    .replace(/["\\]/g, "\\$&")
    .replace(/[^\x20-\x7e]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return `"${escaped}"`;
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** The second last written, and its text: most lines are of the same second as the one before. */
let lastSecond = NaN;
let lastText = "";

function apacheTime(timeMs: number): string {
  const second = Math.floor(timeMs / 1_000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = formatSecond(new Date(second * 1_000));
  }
  return lastText;
}

function formatSecond(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${two(date.getUTCDate())}/${months[date.getUTCMonth()]!}/${date.getUTCFullYear()}`;
  return `${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}
