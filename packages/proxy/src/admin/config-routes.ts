import { section } from "millrace/config";
import { z } from "zod";
import { isObject } from "../config/merge-patch.js";
import { tunablesSchema } from "../config/tunables.js";
import { type AdminParts, settleWrite } from "./parts.js";
import { type Route, route, waitField } from "./route.js";

/** The routes of the settings that can change while the proxy runs. */
export function configRoutes(parts: AdminParts): readonly Route[] {
  const { editor } = parts;
  const whole = { description: "All settings.", schema: tunablesSchema };

  return [
    route({
      method: "GET",
      path: "/config",
      rel: "config",
      summary: "Shows the settings that can change while the proxy runs.",
      answers: { 200: whole },
      handle: () => ({ status: 200, body: editor.config.document }),
    }),
    route({
      method: "PATCH",
      path: "/config",
      rel: "configure",
      summary: "Changes settings. What is null returns to what the configuration file says.",
      query: section(waitField),
      body: z.unknown().meta({ description: "A JSON merge patch for what GET /config shows." }),
      answers: { 200: whole },
      async handle({ body, query, generation }) {
        const { document } = await editor.configure(withoutRevision(body), { generation });
        const applied = await settleWrite(parts, query.wait);
        return { status: 200, body: { ...document, ...applied } };
      },
    }),
  ];
}

/** What `GET /config` shows can be sent back as it is: the revision in it is no setting. */
function withoutRevision(body: unknown): unknown {
  if (!isObject(body)) return body;
  const { revision: _revision, ...patch } = body;
  return patch;
}
