import { haproxy } from "./haproxy.mjs";
import { httpProxy3 } from "./http-proxy-3.mjs";
import { millrace } from "./millrace.mjs";
import { nginx } from "./nginx.mjs";
import { nodeHttp } from "./node-http.mjs";
import { replyFrom } from "./reply-from.mjs";

/** All peers, in the order of the tables. */
export const peers = /** @type {const} */ ([nginx, haproxy, millrace, nodeHttp, httpProxy3, replyFrom]);

/** How `--proxies` spells a peer: `node-http`, `reply-from`, `haproxy`. */
export function flagName(/** @type {import("./peer.mjs").Peer} */ { name }) {
  return name.toLowerCase().replace("@fastify/", "").replace(":", "-");
}
