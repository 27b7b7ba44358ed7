import { configureNginx } from "../nginx.mjs";
import { startPeer } from "./peer.mjs";

/** @type {import("./peer.mjs").Peer} */
export const nginx = {
  name: "nginx",
  node: false,
  rescues: true,
  missing: () => undefined,
  async start(options) {
    return startPeer(await configureNginx(options.directory, configuration(options)), options);
  },
};

function configuration(/** @type {import("./peer.mjs").StartOptions} */ { listenPort, origins, rescue }) {
  return `
  keepalive_timeout 75s;
  keepalive_requests 1000000000;
  upstream origins {
    ${origins.map(({ port }) => `server 127.0.0.1:${port};`).join("\n    ")}
    keepalive 128;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${listenPort} backlog=4096;
    location / {
      proxy_pass http://origins;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Connection "";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Request-Id $request_id;
      proxy_set_header Via "1.1 nginx";
      ${rescue === undefined ? "proxy_next_upstream off;" : rescuing(rescue)}
    }
  }`;
}

/** nginx of Debian has no active checks: a failure sets an origin aside for 10 s, its default. */
function rescuing(/** @type {import("./peer.mjs").Rescue} */ { attemptTimeoutMs, retries }) {
  return `
      proxy_connect_timeout ${attemptTimeoutMs}ms;
      proxy_read_timeout ${attemptTimeoutMs}ms;
      proxy_next_upstream error timeout http_503;
      proxy_next_upstream_tries ${retries + 1};`;
}
