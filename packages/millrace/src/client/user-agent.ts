import { invalidOption } from "../base/options.js";
import type { Endpoint } from "./call/endpoint.js";
import { version } from "./version.js";

/** A program, as a `User-Agent` field names it. */
export interface Agent {
  /** A letter, then letters, digits and `-`. */
  readonly name: string;
  /**
   * Numbers joined by dots, with an optional `-rc1` and an optional `-12-g1a2b3c`. Anything else is
   * sent as `0.0.0`: a version that cannot be told must not keep a program from calling.
   */
  readonly version: string;
}

/** Who calls: the program itself, and what it is made of. */
export interface UserAgent {
  /** The program that calls. */
  readonly primary: Agent;
  /**
   * Which instance of the program this is: a letter or digit, then letters, digits, `.` and `-`.
   * @defaultValue none is named
   */
  readonly nodeId?: string | undefined;
  /**
   * Libraries and frameworks between the program and this one, outermost first.
   * @defaultValue none
   */
  readonly informational?: readonly Agent[] | undefined;
}

const namePattern = /^[a-zA-Z][a-zA-Z0-9-]*$/;
const versionPattern = /^[0-9]+(?:\.[0-9]+)*(?:-rc[0-9]+)?(?:-[0-9]+-g[a-f0-9]+)?$/;
const nodeIdPattern = /^[a-zA-Z0-9][a-zA-Z0-9.-]*$/;

/**
 * Makes a function that gives the value of `User-Agent` for a call of an endpoint: the agents in
 * order, then the endpoint's API, then this library. Each endpoint's text is made once.
 *
 * @throws MillraceError `invalid-options`, at once, when a name or the node id is malformed
 */
export function createUserAgentText(agent: UserAgent): (endpoint?: Endpoint) => string {
  if (!isGiven(agent))
    throw invalidOption("userAgent.primary", "the name and version of the program", "none");
  const own = agentsText(agent);
  const plain = `${own} millrace/${version}`;
  const texts = new WeakMap<Endpoint, string>();
  return (endpoint) => {
    if (!endpoint || !namePattern.test(endpoint.service)) return plain;
    let text = texts.get(endpoint);
    if (text === undefined) {
      text = `${own} ${endpoint.service}/${versionOr0(endpoint.version)} millrace/${version}`;
      texts.set(endpoint, text);
    }
    return text;
  };
}

/** What the compiler sees to, but for programs without types. */
function isGiven(agent: Partial<UserAgent> | undefined): boolean {
  return agent?.primary !== undefined;
}

function agentsText({ primary, nodeId, informational = [] }: UserAgent): string {
  if (nodeId !== undefined && !nodeIdPattern.test(nodeId)) {
    throw invalidOption("userAgent.nodeId", "a letter or digit, then letters, digits, . and -", nodeId);
  }
  const node = nodeId === undefined ? "" : ` (nodeId:${nodeId})`;
  const others = informational.map((agent, at) => ` ${agentText(agent, `informational[${at}]`)}`);
  return `${agentText(primary, "primary")}${node}${others.join("")}`;
}

function agentText({ name, version }: Agent, place: string): string {
  if (!namePattern.test(name)) {
    throw invalidOption(`userAgent.${place}.name`, "a letter, then letters, digits and -", name);
  }
  return `${name}/${versionOr0(version)}`;
}

function versionOr0(version: string | undefined): string {
  return version !== undefined && versionPattern.test(version) ? version : "0.0.0";
}
