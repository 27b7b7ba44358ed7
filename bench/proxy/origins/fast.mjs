import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { launch } from "../launch.mjs";
import { configureNginx } from "../nginx.mjs";
import { freePorts, untilListening } from "../ports.mjs";
import { scratchDirectory } from "../scratch.mjs";

/** What the origin serves; `headers` answers with the request headers that proxies add. */
export const paths = { small: "/small", large: "/large.bin", headers: "/headers" };

export const largeBytes = 1_048_576;

/**
 * Starts nginx as an origin that is never the slowest of the chain.
 *
 * @param {number | undefined} cpu
 * @returns {Promise<{ port: number, stop(): Promise<void> }>}
 */
export async function startFastOrigin(cpu) {
  const directory = await scratchDirectory();
  const [port] = await freePorts(1);
  await writeFile(join(directory, paths.large), randomBytes(largeBytes));
  const launched = launch(await configureNginx(directory, configuration(port, directory)), { cpu });
  await untilListening(port, launched);
  return { port, stop: () => launched.stop() };
}

/** A JSON object of what arrived; the values are variables of nginx. */
function proxyHeaders() {
  const names = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Request-Id", "Via"];
  const fields = names.map((name) => [name, `$http_${name.toLowerCase().replaceAll("-", "_")}`]);
  return JSON.stringify(Object.fromEntries(fields));
}

function configuration(/** @type {number} */ port, /** @type {string} */ directory) {
  return `
  sendfile on;
  tcp_nopush on;
  open_file_cache max=10;
  keepalive_timeout 300s;
  keepalive_requests 1000000000;
  default_type application/octet-stream;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    root ${directory};
    location = / { return 204; }
    location = ${paths.small} {
      default_type application/json;
      add_header Cache-Control "private, max-age=0";
      add_header ETag '"5f2c-18b1"';
      add_header Vary "Accept-Encoding";
      return 200 '{"status":"ok"}\\n';
    }
    location = ${paths.headers} {
      default_type application/json;
      return 200 '${proxyHeaders()}';
    }
  }`;
}
