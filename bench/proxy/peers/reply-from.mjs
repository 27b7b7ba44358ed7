import { nodeScript } from "./node-script.mjs";

export const replyFrom = nodeScript("@fastify/reply-from", "reply-from.mjs", [
  "fastify",
  "@fastify/reply-from",
]);
