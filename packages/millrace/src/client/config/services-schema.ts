import { z } from "zod";
import { duration } from "../../config/schema/measures.js";
import { named } from "../../config/schema/named.js";
import { section } from "../../config/schema/section.js";
import { isHost, uriFault } from "./node-uri.js";

const securitySchema = section({
  "ca-file": fileName("Authorities to trust beside those that Node comes with, in PEM.").optional(),
  "key-file": fileName("Private key to show who calls, in PEM.").optional(),
  "cert-file": fileName("Certificate of that key, in PEM.").optional(),
}).check(({ value, issues }) => {
  const { "key-file": key, "cert-file": cert } = value;
  if ((key === undefined) === (cert === undefined)) return;
  const message = `expected key-file and cert-file together, found ${key === undefined ? "cert-file" : "key-file"} alone`;
  issues.push({ code: "custom", message, input: value });
});

const proxySchema = z.discriminatedUnion(
  "type",
  [
    section({ type: z.literal("direct") }),
    section({
      type: z.literal("http"),
      "host-and-port": z
        .string("expected a host and a port")
        .refine(isHostAndPort, 'expected a host and a port such as "proxy.example.com:3128"')
        .meta({ description: "Address of the proxy." }),
      credentials: section({
        username: words("User name.").refine(
          (name) => !name.includes(":"),
          "expected a name without a colon",
        ),
        password: words("Password."),
      }).optional(),
    }),
  ],
  { error: 'expected a proxy of type "direct" or "http"' },
);

const defaults = {
  security: securitySchema.optional(),
  proxy: proxySchema.optional(),
  "connect-timeout": duration("Longest wait for a connection, TLS included.").optional(),
  "read-timeout": duration("Longest time in which a server sends nothing.").optional(),
  "write-timeout": duration("Longest time in which a server takes nothing.").optional(),
  "request-timeout": duration("Longest time for a call with all its attempts.").optional(),
  "backoff-slot-size": duration("Longest wait before the first retry.", 0).optional(),
  "failed-url-cooldown": duration("How long a node that has failed is avoided.", 0).optional(),
};

const serviceSchema = section({
  uris: z
    .array(z.string("expected a URI"), "expected a list of URIs")
    .default([])
    .check(({ value, issues }) => {
      const fault = uriFault(value);
      if (!fault) return;
      const message = `expected ${fault.expected}, found ${fault.found}`;
      issues.push({ code: "custom", message, path: [fault.at], input: value });
    })
    .meta({ description: "Where the nodes of the service are." }),
  "max-num-retries": z
    .int("expected a whole number of at least 0")
    .min(0, "expected a whole number of at least 0")
    .optional()
    .meta({ description: "Retries of a call." }),
  ...defaults,
});

/** A configuration of services as people write it, `null` standing for nothing said. */
export const servicesSchema = section({
  services: named(serviceSchema.nullish(), "expected services by their names")
    .nullish()
    .meta({ description: "The services that are called, by name." }),
  ...defaults,
});

/** A configuration of services as it is written in YAML or JSON. */
export type ServicesDocument = z.input<typeof servicesSchema>;
/** The same, checked and in base units. */
export type ServicesValues = z.output<typeof servicesSchema>;
/** The same, of one service. */
export type ServiceValues = z.output<typeof serviceSchema>;

/** Host and port of `host:port`, an IPv6 address in brackets; `undefined` when it is none. */
export function splitHostAndPort(text: string): { readonly host: string; readonly port: number } | undefined {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = Number(digits);
  return host === undefined || !isHost(host) || port < 1 || port > 65_535 ? undefined : { host, port };
}

function isHostAndPort(text: string): boolean {
  return splitHostAndPort(text) !== undefined;
}

function fileName(description: string) {
  const error = "expected a file name";
  return z.string(error).min(1, error).meta({ description });
}

function words(description: string) {
  return z.string("expected a text").meta({ description });
}
