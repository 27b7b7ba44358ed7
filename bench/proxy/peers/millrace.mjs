import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { untilOk } from "../ports.mjs";
import { startPeer } from "./peer.mjs";

const packageRoot = fileURLToPath(new URL("../../../packages/proxy/", import.meta.url));

/** @type {import("./peer.mjs").Peer} */
export const millrace = {
  name: "millrace",
  node: true,
  rescues: true,
  missing: () => (existsSync(join(packageRoot, "dist/cli/main.js")) ? undefined : "npm run build"),
  async start(options) {
    const command = [process.execPath, join(packageRoot, "bin/millrace.js"), ...commandLine(options)];
    if (options.rescue !== undefined) {
      const file = join(options.directory, "millrace.yaml");
      await writeFile(file, configuration(options.rescue));
      command.push("--config", file);
    }
    return startPeer(command, options, (launched) => untilOk(options.adminPort, "/readyz", launched));
  },
};

/**
 * Millrace with one of its access logs, written to a file.
 *
 * @param {"off" | "common" | "combined" | "json"} format
 * @returns {import("./peer.mjs").Peer}
 */
export function millraceLogging(format) {
  return {
    ...millrace,
    name: format === "off" ? "no access log" : `access log: ${format}`,
    async start(options) {
      const file = join(options.directory, "millrace.yaml");
      await writeFile(file, `accessLog:\n  format: ${format}\n`);
      const command = [process.execPath, join(packageRoot, "bin/millrace.js"), ...commandLine(options)];
      const toFile = ["sh", "-c", 'exec "$@" > "$0"', join(options.directory, "access.log")];
      return startPeer([...toFile, ...command, "--config", file], options, (launched) =>
        untilOk(options.adminPort, "/readyz", launched),
      );
    },
  };
}

/**
 * Millrace whose metrics are read every second, far more often than Prometheus does.
 *
 * @returns {import("./peer.mjs").Peer}
 */
export function millraceScraped() {
  return {
    ...millrace,
    name: "metrics read every second",
    async start(options) {
      const running = await millrace.start(options);
      const url = `http://127.0.0.1:${options.adminPort}/metrics`;
      const timer = setInterval(
        () =>
          void fetch(url).then(
            (answer) => answer.text(),
            () => {},
          ),
        1_000,
      );
      return {
        ...running,
        async stop() {
          clearInterval(timer);
          await running.stop();
        },
      };
    },
  };
}

function commandLine(/** @type {import("./peer.mjs").StartOptions} */ { listenPort, adminPort, origins }) {
  return [
    "proxy",
    ...["--listen", `127.0.0.1:${listenPort}`],
    ...["--admin", `127.0.0.1:${adminPort}`],
    ...["--workers", "1"],
    ...origins.flatMap(({ port }) => ["--origin", `http://127.0.0.1:${port}`]),
  ];
}

/** The only place with keys of the configuration file. */
function configuration(
  /** @type {import("./peer.mjs").Rescue} */ { attemptTimeoutMs, retries, checkEveryMs },
) {
  return `
timeouts:
  connect: ${attemptTimeoutMs}ms
  responseHead: ${attemptTimeoutMs}ms
retry:
  attempts: ${retries}
  on: [connect-failure, reset, timeout, "503"]
healthCheck:
  interval: ${checkEveryMs}ms
  timeout: ${attemptTimeoutMs}ms
`;
}
