import { section } from "millrace/config";
import { z } from "zod";
import { address, formatAddress, parseAddress } from "./address.js";
import { distinct } from "./distinct.js";
import { choice, filePath, whole } from "./fields.js";
import { handoffSchema } from "./handoff.js";
import { serverSpecSchema } from "./server-spec.js";
import { parseServerUrl } from "./server-url.js";
import { tunableSections } from "./tunables.js";

const tlsListener = section({
  address: address("Where to accept connections."),
  tls: section({
    cert: filePath("File with the certificate chain, PEM."),
    key: filePath("File with the private key, PEM."),
  }).optional(),
});

const listener = z.union([address("Where to accept connections."), tlsListener], {
  error: 'expected an address such as "127.0.0.1:8080", or an address with tls',
});

const anyListen = "expected an address or a list of them";

/** Everything that the configuration file may say. */
export const daemonSchema = section({
  listen: z
    .union(
      [address("Where to accept connections."), distinct(z.array(listener).min(1, anyListen), boundAt)],
      {
        error: anyListen,
      },
    )
    .default("0.0.0.0:8080")
    .meta({ description: "Where clients connect." }),
  admin: z
    .union([address("Where the admin API listens."), z.literal(false)], {
      error: 'expected an address such as "127.0.0.1:8687", or false',
    })
    .default("127.0.0.1:8687")
    .meta({ description: "Where the admin API listens; false turns it off." }),
  workers: whole(
    "Processes that carry traffic; by default as many as there are processors.",
    1,
    1_024,
  ).optional(),
  state: filePath("File that keeps the pool across restarts.").optional(),
  handoff: handoffSchema,
  log: section({
    level: choice("Least level that is logged.", ["debug", "info", "warn", "error", "silent"]).default(
      "info",
    ),
    format: choice("Lines for people, JSON, or whichever suits the output.", [
      "auto",
      "text",
      "json",
    ]).default("auto"),
  }).prefault({}),
  servers: distinct(z.array(serverSpecSchema, "expected a list of servers"), ({ url }) => normalUrl(url))
    .default([])
    .meta({ description: "Servers that are in the pool from the start." }),
  ...tunableSections,
}).superRefine(({ listen, admin }, context) => {
  const taken = (Array.isArray(listen) ? listen : [listen]).map(boundAt);
  const own = admin === false ? undefined : boundAt(admin);
  if (own === undefined || !taken.includes(own)) return;
  const message = `${own} is where clients connect; give it another address`;
  context.addIssue({ code: "custom", path: ["admin"], message });
});

/** What of an address the system gives to one only; `undefined` when it chooses the port. */
function boundAt(at: z.output<typeof listener>): string | undefined {
  const parsed = parseAddress(typeof at === "string" ? at : at.address);
  return parsed && parsed.port !== 0 ? formatAddress(parsed) : undefined;
}

function normalUrl(url: string): string | undefined {
  const parsed = parseServerUrl(url);
  return typeof parsed === "string" ? undefined : parsed.url;
}

/** The configuration file, checked and whole. */
export type DaemonValues = z.output<typeof daemonSchema>;

/** The configuration file as people write it, with gaps. */
export type DaemonDocument = z.input<typeof daemonSchema>;
