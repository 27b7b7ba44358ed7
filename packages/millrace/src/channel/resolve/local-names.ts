import { isIP } from "node:net";
import { join } from "node:path";
import { KeptFile } from "./kept-file.js";

/** What this machine says about names before a DNS server is asked. */
export interface LocalNames {
  /** The addresses of `name` that need no server; none when there are no such. */
  find(name: string): Promise<readonly string[]>;
  /** The full names to ask for in turn, until one exists. */
  candidates(name: string): Promise<readonly string[]>;
}

/** Where {@link localNames} looks. */
export interface LocalNamesOptions {
  /** The hosts file, or `false` for none. */
  readonly hostsFile: string | false;
  /** Domains to look for short names in; `undefined` for those of `/etc/resolv.conf`. */
  readonly search: readonly string[] | undefined;
}

/** The hosts file of this system. */
export const systemHostsFile =
  process.platform === "win32"
    ? join(process.env["SystemRoot"] ?? "C:\\Windows", "System32\\drivers\\etc\\hosts")
    : "/etc/hosts";

const resolvConf = "/etc/resolv.conf";

/** Reads the hosts file and the search list, again whenever they have changed. */
export function localNames({ hostsFile, search }: LocalNamesOptions): LocalNames {
  const hosts = hostsFile === false ? undefined : new KeptFile(hostsFile, parseHosts);
  const given = search && { domains: search, minDots: 1 };
  const system = given ? undefined : new KeptFile(resolvConf, parseSearchList);
  return {
    async find(name) {
      const plain = name.toLowerCase().replace(/\.$/, "");
      const listed = (await hosts?.read())?.get(plain);
      return listed ?? (isLocalhost(plain) ? ["127.0.0.1", "::1"] : []);
    },
    async candidates(name) {
      return candidatesOf(name, given ?? (await system!.read()));
    },
  };
}

/** Where names are looked for that are not full. */
export interface SearchList {
  readonly domains: readonly string[];
  /** A name with at least so many dots is tried as it is first. */
  readonly minDots: number;
}

/** Reads a hosts file: the addresses of each name, in the order they are listed. */
export function parseHosts(text: string): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [address = "", ...names] = line.replace(/#.*/, "").trim().split(/\s+/);
    if (!isIP(address)) continue;
    for (const name of names) {
      const key = name.toLowerCase();
      const known = hosts.get(key);
      if (known) known.push(address);
      else hosts.set(key, [address]);
    }
  }
  return hosts;
}

/** Reads `search`, `domain` and `options ndots:n` of a resolv.conf; the last of each counts. */
export function parseSearchList(text: string): SearchList {
  let domains: readonly string[] = [];
  let minDots = 1;
  for (const line of text.split("\n")) {
    const [word, ...rest] = line
      .replace(/[#;].*/, "")
      .trim()
      .split(/\s+/);
    if (word === "search") domains = rest;
    else if (word === "domain") domains = rest.slice(0, 1);
    else if (word === "options") minDots = ndotsOf(rest) ?? minDots;
  }
  return { domains: domains.map((domain) => domain.replace(/\.$/, "")).filter(Boolean), minDots };
}

/** The full names that `name` may stand for. One with a dot at its end is full. */
export function candidatesOf(name: string, { domains, minDots }: SearchList): readonly string[] {
  if (name.endsWith(".")) return [name.slice(0, -1)];
  const searched = domains.map((domain) => `${name}.${domain}`);
  const dots = name.split(".").length - 1;
  return dots >= minDots ? [name, ...searched] : [...searched, name];
}

/** `localhost` and all below it are this machine (RFC 6761 §6.3). */
function isLocalhost(name: string): boolean {
  return name === "localhost" || name.endsWith(".localhost");
}

function ndotsOf(options: readonly string[]): number | undefined {
  const found = options.map((option) => /^ndots:(\d+)$/.exec(option)?.[1]).find((dots) => dots !== undefined);
  return found === undefined ? undefined : Math.min(Number(found), 15);
}
