import { createHash } from "node:crypto";
import { section } from "millrace/config";
import { z } from "zod";
import { quantity } from "./fields.js";
import { type HealthOverrideDocument, healthOverrideSchema } from "./health-check.js";
import { parseServerUrl, type ServerUrl, serverId } from "./server-url.js";

/** A server as the file, a flag or the admin API asks for it. */
export interface ServerSpec extends ServerUrl {
  /** Stable name of the server in the admin API. */
  readonly id: string;
  /** Share of traffic relative to the other servers; more than 0. */
  readonly weight: number;
  /** What differs from the pool's health check, as people write it: it goes back out the same way. */
  readonly healthCheck: HealthOverrideDocument;
}

const urlField = z
  .string('expected a URL such as "http://127.0.0.1:12345"')
  .superRefine((text, context) => {
    const parsed = parseServerUrl(text);
    if (typeof parsed === "string") context.addIssue({ code: "custom", message: parsed });
  })
  .meta({
    description: "Where the server is: http or https, host, and perhaps port and base path.",
    format: "uri",
  });

const weightField = quantity("Share of traffic relative to the other servers.", 0.001, 1_000);

/** What `POST /servers` and the file's `servers` take. */
export const serverSpecSchema = section({
  url: urlField,
  weight: weightField.optional(),
  healthCheck: healthOverrideSchema.optional(),
});

/** What `PATCH /servers/{id}` takes. `null` for a health check returns to the pool's. */
export const serverPatchSchema = section({
  weight: weightField.optional(),
  draining: z
    .boolean("expected true or false")
    .optional()
    .meta({ description: "Whether the server finishes what it has and gets nothing new." }),
  healthCheck: healthOverrideSchema.nullable().optional(),
});

/** Fills the gaps of a checked specification. */
export function resolveServer(spec: z.output<typeof serverSpecSchema>): ServerSpec {
  const { url, weight = 1, healthCheck = {} } = spec;
  return { ...locateServer(url), weight, healthCheck: z.encode(healthOverrideSchema, healthCheck) };
}

/** Names a server by its URL, which must be one that {@link parseServerUrl} accepts. */
export function locateServer(url: string): ServerUrl & { readonly id: string } {
  const parsed = parseServerUrl(url);
  if (typeof parsed === "string") throw new TypeError(`${url}: ${parsed}`);
  return { id: serverId(parsed, shortHash), ...parsed };
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
