import type { PickExplanation } from "../../balance/explain.js";
import type { ChannelSnapshot } from "../../channel/channel.js";
import type { ConnectionCounts } from "../../channel/pool/pool-member.js";
import type { ChannelReport } from "./report.js";

/** The page of all channels. */
export function listPage(channels: readonly ChannelReport[], root: string): string {
  const rows = channels.map((channel) => {
    const link = `<a href="${escaped(root + channel.id)}">${escaped(channel.label)}</a>`;
    if (!("snapshot" in channel)) return [link, mark("failed"), "", "", "", escaped(channel.failure)];
    const { status, healthy, wanted, resolves, addresses, lastError } = channel.snapshot;
    return [
      link,
      mark(status),
      `${healthy} of ${wanted}`,
      escaped(resolves),
      `${addresses.length}`,
      lastErrorText(lastError),
    ];
  });
  const columns = ["channel", "status", "healthy members", "resolves", "addresses", "last error"];
  const body = rows.length === 0 ? "<p>No channel is open.</p>" : table(columns, rows);
  return document("Channels", `<h1>Channels</h1>${body}`);
}

/** The page of one channel. */
export function channelPage(channel: ChannelReport, root: string): string {
  const head = `<p><a href="${escaped(root)}">all channels</a></p><h1>${escaped(channel.label)}</h1>`;
  if (!("snapshot" in channel)) {
    return document(channel.label, `${head}<p>${mark("failed")} ${escaped(channel.failure)}</p>`);
  }
  const { snapshot, pick } = channel;
  return document(
    channel.label,
    [head, summary(snapshot), addressTable(snapshot), memberTable(snapshot), pickText(pick)].join("\n"),
  );
}

/** The page of what is not there. */
export function missingPage(root: string): string {
  return document("Not found", `<h1>Not found</h1><p><a href="${escaped(root)}">all channels</a></p>`);
}

function summary({
  status,
  origin,
  resolves,
  healthy,
  healthyMin,
  wanted,
  members,
  lastError,
}: ChannelSnapshot): string {
  const counted = members.filter(({ state }) => state !== "draining").length;
  const missing = Math.max(0, wanted - counted);
  return table(
    ["status", "requests for", "resolves", "healthy members", "still needed", "last error"],
    [
      [
        mark(status),
        escaped(origin),
        escaped(resolves),
        `${healthy} of ${wanted} (at least ${healthyMin})`,
        `${missing}`,
        lastErrorText(lastError),
      ],
    ],
  );
}

function addressTable({ addresses }: ChannelSnapshot): string {
  const rows = addresses.map(({ address, uses, stale, backoffMs, errors }) => [
    escaped(address),
    `${uses}`,
    stale ? "stale" : uses === 0 && backoffMs === 0 ? "use next" : "",
    backoffMs > 0 ? duration(backoffMs) : "",
    errors.map(({ message, at }) => `${time(at)} ${escaped(message)}`).join("<br>"),
  ]);
  const title = `<h2>Addresses</h2>`;
  if (rows.length === 0) return `${title}<p>None is known yet.</p>`;
  return title + table(["address", "members", "", "tried again in", "latest errors"], rows);
}

function memberTable({ members, balance }: ChannelSnapshot): string {
  const seen = new Map(balance.members.map((member) => [member.key, member]));
  const rows = members.map(({ key, address, state, ageMs, leaving, connections, error }) => {
    const load = seen.get(key);
    return [
      `${key}`,
      escaped(address),
      mark(state) + (leaving ? ` leaving (${escaped(leaving)})` : ""),
      duration(ageMs),
      connectionsText(connections),
      load ? `${load.inFlight}` : "",
      load ? `${load.started}` : "",
      load ? `${load.failed}` : "",
      load ? `${load.latencyMs.toFixed(1)} ms` : "",
      load && load.oldestMs > 0 ? duration(load.oldestMs) : "",
      escaped(error ?? ""),
    ];
  });
  const title = `<h2>Members</h2>`;
  if (rows.length === 0) return `${title}<p>None.</p>`;
  const columns = [
    "member",
    "address",
    "state",
    "age",
    "connections",
    "in flight",
    "calls",
    "failed",
    "latency",
    "oldest call",
    "error",
  ];
  return title + table(columns, rows);
}

function connectionsText({ active, idle, connecting, waiting }: ConnectionCounts): string {
  const parts = [`${active} in use`, `${idle} unused`];
  if (connecting > 0) parts.push(`${connecting} being made`);
  if (waiting > 0) parts.push(`${waiting} calls waiting`);
  return parts.join(", ");
}

function pickText(pick: PickExplanation | undefined): string {
  if (!pick) return "";
  const rows = pick.looked.map(({ key, score, ready }) => [
    escaped(String(key)),
    score.toPrecision(4),
    ready ? "ready" : "busy",
  ]);
  const chosen = pick.chosen === undefined ? "nobody" : `member ${escaped(String(pick.chosen))}`;
  const text = `<p>It would go to <strong>${chosen}</strong>: ${escaped(pick.reason)}. ${pick.candidates} could have been chosen.</p>`;
  return `<h2>The next call</h2>${text}${rows.length > 0 ? table(["member looked at", "score, less is better", ""], rows) : ""}`;
}

function lastErrorText(error: ChannelSnapshot["lastError"]): string {
  if (!error) return "";
  return `${escaped(error.message)}${error.count > 1 ? ` (${error.count} times)` : ""}, ${time(error.at)}`;
}

function mark(state: string): string {
  const mood =
    state === "healthy"
      ? "good"
      : state === "unhealthy" || state === "failed" || state === "closed"
        ? "bad"
        : "fair";
  return `<span class="${mood}">${escaped(state)}</span>`;
}

function time(at: number): string {
  return new Date(at).toISOString().slice(11, 19);
}

function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = columns.map((column) => `<th>${escaped(column)}</th>`).join("");
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("\n");
  return `<table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table>`;
}

function document(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${style}</style></head>
<body>${body}</body></html>\n`;
}

const style = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem;color:#1c2330;background:#fff}
h1{font-size:1.4rem;margin:.5rem 0 1rem}h2{font-size:1.1rem;margin:1.8rem 0 .6rem}
table{border-collapse:collapse}th,td{text-align:left;vertical-align:top;padding:.35rem .9rem .35rem 0;border-bottom:1px solid #d9dee7}
th{font-weight:600;color:#5a6577;font-size:.85rem}td{font-variant-numeric:tabular-nums}
.good,.fair,.bad{padding:.05rem .5rem;border-radius:.7rem}.good{background:#d8f3e0;color:#10602f}
.fair{background:#fdefc8;color:#6d5200}.bad{background:#fbdcdc;color:#8f1d1d}a{color:#1756a9}`;

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
