// A worker that keeps to the contract and carries no traffic: it answers each request by itself, and
// does as the path says.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { ManagerMessage, ServerRecord, WorkerMessage } from "../ipc/messages.js";
import { latencyBoundsMs, type ServerReport, type WorkerReport } from "../ipc/report.js";

const servers = new Map<string, ServerRecord>();
const busy = new Map<string, number>();
const open = new Set<Server>();
let revision = 0;
let wanted = 0;
let listening = 0;
let total = 0;
let deaf = false;

process.on("message", receive);
process.on("disconnect", () => process.exit(0));
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
tell({ type: "loaded" });

function receive(message: ManagerMessage, handle?: unknown): void {
  if (message.type === "start") {
    ({ revision } = message.snapshot);
    wanted = message.listeners.length;
    for (const server of message.snapshot.servers) servers.set(server.id, server);
    tell({ type: "prepared", revision });
  } else if (message.type === "listen") {
    const sharing = createServer(answer);
    sharing.on("error", (error) => tell({ type: "fatal", message: error.message }));
    sharing.listen(handle, () => {
      open.add(sharing);
      listening += 1;
      if (listening === wanted) tell({ type: "ready", revision });
    });
  } else if (message.type === "change") apply(message);
  else if (message.type === "report" && !deaf) tell({ type: "report", id: message.id, report: report() });
  else if (message.type === "pause") pause();
  else if (message.type === "retire" && message.retired) tell({ type: "idle" });
  else if (message.type === "drain") drain();
}

function pause(): void {
  for (const sharing of open) sharing.close();
  open.clear();
  listening = 0;
}

function apply({ changes, revision: next }: ManagerMessage & { readonly type: "change" }): void {
  if (deaf) return;
  for (const change of changes) {
    if (change.type === "put") servers.set(change.server.id, change.server);
    if (change.type === "remove") servers.delete(change.id);
  }
  revision = next;
  tell({ type: "applied", revision });
}

function drain(): void {
  if (deaf) return;
  tell({ type: "drained", report: report() });
  process.exit(0);
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://worker");
  total += 1;
  if (pathname === "/crash") process.exit(3);
  if (pathname === "/deaf") deaf = true;
  if (pathname === "/busy") busy.set(searchParams.get("id")!, Number(searchParams.get("count")));
  if (pathname === "/eject")
    tell({ type: "ejected", id: searchParams.get("id")!, forMs: 1_000, reason: "5 failures" });
  const known = { pid: process.pid, revision, servers: [...servers.values()] };
  response.setHeader("connection", "close").end(JSON.stringify(known));
}

function report(): WorkerReport {
  const empty = { counts: [...latencyBoundsMs, 0].map(() => 0), sumMs: 0 };
  const counts = empty.counts.map((_, index) => (index === 4 ? total : 0));
  return {
    pid: process.pid,
    revision,
    uptimeMs: 1_000,
    connections: { open: 0, accepted: total, refused: 0 },
    requests: { active: 0, total, byStatus: [[200, total]] },
    bytes: { received: 0, sent: 0 },
    client: { success: total, failed: 0 },
    failures: [["no-server", 1]],
    retries: { made: 0, budgetExhausted: 0 },
    latency: { counts, sumMs: 2 * total },
    servers: [...servers.keys()].map(
      (id): ServerReport => ({
        id,
        success: total,
        failed: 0,
        inFlight: busy.get(id) ?? 0,
        tunnels: 0,
        connections: { open: 1, idle: 1 },
        ewmaMs: 2,
        ejectedForMs: 0,
        ejections: 0,
        oldestAgeMs: 0,
        latency: { counts, sumMs: 2 * total },
      }),
    ),
    memory: { rssBytes: 1, heapBytes: 1 },
    cpuMs: 1,
  };
}

function tell(message: WorkerMessage): void {
  process.send?.(message);
}
