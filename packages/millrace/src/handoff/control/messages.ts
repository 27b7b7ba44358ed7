import { readlinkSync } from "node:fs";
import { MillraceError } from "../../base/errors.js";

/** By what a process id means the same to two processes: the machine, and its namespace of processes. */
export function hostName(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return process.platform;
  }
}

/** The version of what is said over a control socket. A process that speaks another is told so. */
export const protocolVersion = 1;

/**
 * How a successor comes by the addresses.
 *
 * - `pass`: the sockets themselves are passed to it; no byte is copied
 * - `inherit`: it has them already, from whoever started it
 * - `forward`: its predecessor stays in front and carries the bytes
 * - `reuse-port`: it listens on the same port beside its predecessor, which then closes its own socket
 */
export type HandoffWay = "pass" | "inherit" | "forward" | "reuse-port";

/** Why a successor is turned away. */
export type Refusal =
  /** It speaks another version of the protocol. */
  | "protocol"
  /** Its addresses are not those of the running process. */
  | "addresses"
  /** Another upgrade is in progress. */
  | "busy"
  /** The running process is on its way out. */
  | "terminating"
  /** There is no way that both know. */
  | "way"
  /** It was not ready, or did not switch, in time. */
  | "late";

/** Who wants to take over. */
export interface Hello {
  readonly type: "hello";
  readonly protocol: number;
  readonly name: string;
  readonly release: string;
  readonly pid: number;
  /** Among whom the process id means something. */
  readonly host: string;
  /** Where it wants to listen, as `formatListenAddress` writes it; empty for wherever its predecessor does. */
  readonly addresses: readonly string[];
  /** Whether it can do with other ones than it names, by binding what is missing. */
  readonly addressesMayDiffer?: boolean | undefined;
  /** Ways that it can go, the best first. */
  readonly ways: readonly HandoffWay[];
  /** Where it takes in sockets, for `pass`. */
  readonly receiver?: string | undefined;
  readonly probationMs: number;
}

/** A generation, from outside. */
export interface GenerationStatus {
  /** 1 for the first, and one more with each hand-over. */
  readonly generation: number;
  /** Its `release` option: the version of its package unless it says otherwise. */
  readonly release: string;
  /** Its process. */
  readonly pid: number;
  /** How far it has come: see `HandoffPhase`. */
  readonly phase: string;
  /** Connections that are open. */
  readonly connections: number;
  /** Since it was started, in milliseconds. */
  readonly ageMs: number;
  /** How it came by its addresses; `bind` for the first. */
  readonly way: string;
}

/** What a status question is answered with. */
export interface HandoffStatus {
  /** What generations of the program find each other by. */
  readonly name: string;
  /** Where it listens: `127.0.0.1:8080`. */
  readonly addresses: readonly string[];
  /** The one that serves, or did last, first; then those that still finish what they have. */
  readonly generations: readonly GenerationStatus[];
}

/** Everything that is said over a control socket. Which of it, and when: see `machine/`. */
export type Message =
  // From a successor.
  | Hello
  /** `forwardTo` says where it takes in connections, one path for each address, for `forward`. */
  | { readonly type: "ready"; readonly forwardTo?: readonly string[] | undefined }
  | { readonly type: "switched" }
  /** It gives the addresses back, if it had them; the predecessor ends the line when it serves. */
  | { readonly type: "failed"; readonly reason: string }
  | { readonly type: "released" }
  // From a predecessor.
  | { readonly type: "wait" }
  | { readonly type: "refused"; readonly code: Refusal; readonly reason: string }
  | {
      readonly type: "accepted";
      readonly generation: number;
      readonly way: HandoffWay;
      /** As its own options name them, and the order in which sockets are passed. */
      readonly addresses: readonly string[];
      /** The same with the ports that the system chose. */
      readonly bound: readonly string[];
      /** Where its own control socket is, whoever has the common one. */
      readonly seat?: string | undefined;
      /** The same of the process that serves again if this one dies now. */
      readonly standsBy?: string | undefined;
      readonly state?: unknown;
    }
  | { readonly type: "switch"; readonly state?: unknown }
  | { readonly type: "confirmed" }
  /** From here on the predecessor does not serve again. */
  | { readonly type: "proven" }
  | { readonly type: "status-of"; readonly generations: readonly GenerationStatus[] }
  | { readonly type: "farewell"; readonly state?: unknown }
  // Between a front and the process behind it.
  | { readonly type: "standby" }
  | { readonly type: "resume" }
  | { readonly type: "finish" }
  // From anybody who may connect.
  | { readonly type: "status" }
  | { readonly type: "restart" }
  | { readonly type: "restarted"; readonly failure?: string | undefined }
  | { readonly type: "status-is"; readonly status: HandoffStatus };

/** What of a message must be there, by its type; the rest is the sender's to get right. */
const required: Readonly<Record<Message["type"], Readonly<Record<string, "string" | "number" | "object">>>> =
  {
    hello: {
      protocol: "number",
      name: "string",
      release: "string",
      pid: "number",
      host: "string",
      addresses: "object",
      ways: "object",
      probationMs: "number",
    },
    ready: {},
    switched: {},
    failed: { reason: "string" },
    released: {},
    wait: {},
    refused: { code: "string", reason: "string" },
    accepted: { generation: "number", way: "string", addresses: "object", bound: "object" },
    switch: {},
    confirmed: {},
    proven: {},
    "status-of": { generations: "object" },
    farewell: {},
    standby: {},
    resume: {},
    finish: {},
    status: {},
    restart: {},
    restarted: {},
    "status-is": { status: "object" },
  };

/**
 * Reads one message.
 *
 * @throws MillraceError `protocol` when it is not JSON, of a type that is not known, or lacks a field
 */
export function readMessage(line: string): Message {
  const value = parse(line);
  const type = typeof value === "object" && value !== null ? (value as { type?: unknown }).type : undefined;
  if (typeof type !== "string" || !Object.hasOwn(required, type))
    throw broken(`a message of unknown type ${JSON.stringify(type)?.slice(0, 40)}`);
  const message = value as Record<string, unknown>;
  for (const [field, kind] of Object.entries(required[type as Message["type"]])) {
    if (typeof message[field] !== kind || message[field] === null)
      throw broken(`${type} without its ${field}`);
  }
  for (const field of ["addresses", "bound", "ways", "generations", "forwardTo"]) {
    if (message[field] !== undefined && !Array.isArray(message[field]))
      throw broken(`${type} whose ${field} is no list`);
  }
  for (const field of ["seat", "standsBy"]) {
    if (message[field] !== undefined && typeof message[field] !== "string")
      throw broken(`${type} whose ${field} is no path`);
  }
  if (type === "hello") requireSane(value as Hello);
  return value as Message;
}

/** A process that does not leave when it is turned away is killed by its id: 0 and less would be many processes. */
function requireSane({ pid, probationMs }: Hello): void {
  if (!Number.isInteger(pid) || pid < 1) throw broken("hello whose pid is no process id");
  if (!(probationMs >= 0)) throw broken("hello whose probationMs is less than 0");
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw broken("a line that is not JSON");
  }
}

function broken(what: string): MillraceError {
  return new MillraceError(`a peer at the control socket sent ${what}`, { code: "protocol", unsent: false });
}
