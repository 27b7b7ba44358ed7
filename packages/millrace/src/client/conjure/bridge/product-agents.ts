import { invalidOption } from "../../../base/options.js";
import { version } from "../../version.js";

/** A program, in the form of `conjure-client`. */
export interface ProductAgent {
  /** Name of the program, such as `fleet-manager`. */
  readonly productName: string;
  /** Its version, such as `1.4.0`. */
  readonly productVersion: string;
  /** More about it, sent in parentheses. */
  readonly comments?: readonly string[] | undefined;
}

/** Who calls: one program, or several, each given or asked for at every call. */
export type ProductAgents =
  | ProductAgent
  | readonly (ProductAgent | (() => ProductAgent | readonly ProductAgent[]))[];

/**
 * Makes a function that gives the value of `Fetch-User-Agent`: the programs in order, then this library.
 *
 * @throws MillraceError `invalid-options`, at once, when there is no program, or one that is given cannot be sent
 */
export function createAgentsText(agents: ProductAgents | undefined): () => string {
  if (agents === undefined) throw invalidOption("conjureBridge.userAgent", "at least one user agent", "none");
  const all = isList(agents) ? agents : [agents];
  if (all.length === 0) throw invalidOption("conjureBridge.userAgent", "at least one user agent", "none");
  const suffix = `millrace/${version}`;
  if (all.some((agent) => typeof agent === "function")) {
    return () => [...all.flatMap(current).map(agentText), suffix].join(" ");
  }
  const text = [...all.flatMap(current).map(agentText), suffix].join(" ");
  return () => text;
}

function current(
  agent: ProductAgent | (() => ProductAgent | readonly ProductAgent[]),
): readonly ProductAgent[] {
  const found = typeof agent === "function" ? agent() : agent;
  return isList(found) ? found : [found];
}

function agentText(agent: Partial<ProductAgent> | null | undefined): string {
  const { productName, productVersion, comments = [] } = agent ?? {};
  const text = `${word("productName", productName)}/${word("productVersion", productVersion)}`;
  return comments.length === 0 ? text : `${text} (${word("comments", comments.join("; "))})`;
}

function word(name: keyof ProductAgent, text: unknown): string {
  if (typeof text === "string" && visibleAscii.test(text)) return text;
  throw invalidOption(`conjureBridge.userAgent.${name}`, "a text of visible ASCII", JSON.stringify(text));
}

const visibleAscii = /^[!-~](?:[ -~]*[!-~])?$/;

function isList<T>(value: unknown): value is readonly T[] {
  return Array.isArray(value);
}
