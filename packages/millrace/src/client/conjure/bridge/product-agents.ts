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
 * @throws MillraceError `invalid-options`, at once, when there is no program
 */
export function createAgentsText(agents: ProductAgents): () => string {
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

function agentText({ productName, productVersion, comments = [] }: ProductAgent): string {
  const more = comments.length === 0 ? "" : ` (${comments.join("; ")})`;
  return `${productName}/${productVersion}${more}`;
}

function isList<T>(value: unknown): value is readonly T[] {
  return Array.isArray(value);
}
