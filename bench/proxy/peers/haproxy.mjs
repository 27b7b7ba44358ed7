import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startPeer } from "./peer.mjs";

/** HAProxy as its manual would have it: checks, and an eye on the real traffic. */
export const haproxy = haproxyPeer("HAProxy", " observe layer7 error-limit 5 on-error mark-down");

/** HAProxy as it is mostly deployed. Differs from the other only where origins fail. */
export const haproxyChecksOnly = haproxyPeer("HAProxy, checks only", "");

/**
 * @param {string} name
 * @param {string} observe what is added to each server that is checked
 * @returns {import("./peer.mjs").Peer}
 */
function haproxyPeer(name, observe) {
  return {
    name,
    node: false,
    rescues: true,
    missing: () => undefined,
    async start(options) {
      const file = join(options.directory, "haproxy.cfg");
      await writeFile(file, configuration(options, observe));
      return startPeer(["haproxy", "-db", "-q", "-f", file], options);
    },
  };
}

/**
 * @param {import("./peer.mjs").StartOptions} options
 * @param {string} observe
 */
function configuration({ listenPort, origins, rescue }, observe) {
  const attemptTimeoutMs = rescue?.attemptTimeoutMs ?? 30_000;
  const check = rescue === undefined ? "" : ` check inter ${rescue.checkEveryMs}ms${observe}`;
  return `
global
  nbthread 1
  maxconn 9000

defaults
  mode http
  timeout connect ${attemptTimeoutMs}ms
  timeout server ${attemptTimeoutMs}ms
  timeout client 75s
  timeout http-keep-alive 75s
  option forwardfor
  http-reuse always
  ${rescue === undefined ? "retries 0" : rescuing(rescue)}

frontend callers
  bind 127.0.0.1:${listenPort} backlog 4096
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(Host)]
  http-request set-header X-Request-Id %[uuid()]
  http-request set-header Via "1.1 haproxy"
  default_backend origins

backend origins
  balance roundrobin
  ${origins.map(({ port }, i) => `server origin${i} 127.0.0.1:${port}${check}`).join("\n  ")}
`;
}

/** HAProxy counts a retry like the first try; its class of retryable errors has 503 in it. */
function rescuing(/** @type {import("./peer.mjs").Rescue} */ { attemptTimeoutMs, retries }) {
  return `retries ${retries}
  timeout check ${attemptTimeoutMs}ms
  option redispatch 1
  retry-on all-retryable-errors
  option httpchk GET /health`;
}
