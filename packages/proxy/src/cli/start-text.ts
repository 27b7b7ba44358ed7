import type { HandoffStatus } from "millrace/handoff";
import { type Address, formatAddress } from "../config/address.js";
import type { DaemonConfig } from "../config/daemon-config.js";
import { regent } from "../handoff/name.js";
import type { RunningProxy } from "../proxy.js";
import { version } from "../version.js";

/** Says what runs where, whom it has taken over from, and what to type next. */
export function startText(
  { addresses, admin, servers, handoff }: StartedProxy,
  config: DaemonConfig,
): string {
  const lines = [
    `millrace ${version} is running${tookOver(handoff?.status.generations)}`,
    ...addresses.map((address, index) => `  traffic  ${scheme(config, index)}://${formatAddress(address)}`),
    admin ? `  admin    http://${formatAddress(admin)}` : "  admin    none",
    ...(admin && servers === 0 ? firstSteps(addresses[0], admin) : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** What is said of a proxy when it has come to serve. */
interface StartedProxy extends Pick<RunningProxy, "addresses" | "admin" | "servers"> {
  readonly handoff: { readonly status: Pick<HandoffStatus, "generations"> } | undefined;
}

function tookOver([, before]: HandoffStatus["generations"] = []): string {
  if (!before) return "";
  const { release, pid } = before;
  const who = release === regent ? `worker ${pid}, whose manager has died` : `process ${pid} (${release})`;
  return `, and has taken over from ${who}; that finishes what it has begun`;
}

function firstSteps(traffic: Address | undefined, admin: Address): readonly string[] {
  return [
    "",
    "Add a server. In another terminal:",
    "  npx millrace origin",
    `  curl ${near(admin)}/servers -d '{"url":"http://127.0.0.1:12345"}'`,
    ...(traffic ? [`  curl ${near(traffic)}/`] : []),
  ];
}

function scheme({ listen }: DaemonConfig, index: number): string {
  return listen[index]?.tls ? "https" : "http";
}

/** How to reach an address from this machine. */
function near({ host, port }: Address): string {
  const local = ["0.0.0.0", "::", "127.0.0.1", "localhost"].includes(host);
  return local ? `localhost:${port}` : formatAddress({ host, port });
}
