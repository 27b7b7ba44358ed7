import { z } from "zod";
import { joinHostPort } from "./server-url.js";

/** Where something listens. */
export interface Address {
  /** Name or address of an interface; IPv6 without brackets. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
}

/** Reads `host:port`, `[address]:port` or `:port` (every interface); `undefined` when it is none of them. */
export function parseAddress(text: string): Address | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([0-9a-fA-F:.%]+)\]|([^\s:/[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return undefined;
  return { host: bracketed ?? (plain || "0.0.0.0"), port };
}

/** Writes an address as {@link parseAddress} reads it. */
export function formatAddress({ host, port }: Address): string {
  return joinHostPort(host, port);
}

/** An address to listen on, as text. */
export function address(description: string) {
  const error = 'expected an address such as "127.0.0.1:8080", "[::1]:8080" or ":8080"';
  return z
    .string(error)
    .refine((text) => parseAddress(text) !== undefined, error)
    .meta({ description });
}
