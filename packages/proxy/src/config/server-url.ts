/** The parts of a server's address that the pool and the admin API speak of. */
export interface ServerUrl {
  /** Normalised: lower case, with its port, without a slash at its end. Equal for equal servers. */
  readonly url: string;
  /** Host name or address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

const longestUrl = 2_048;

/**
 * Reads the URL of a server: `http` or `https`, a host, and perhaps a port and a base path.
 *
 * Returns what is wrong, as a text, when it is not one.
 */
export function parseServerUrl(text: string): ServerUrl | string {
  if (text.length > longestUrl) return `expected a URL of at most ${longestUrl} characters`;
  if (!/^https?:\/\/[^/]/i.test(text)) return 'expected a URL such as "http://127.0.0.1:12345"';
  if (!URL.canParse(text)) return "expected a valid URL: the host or port is not one";

  const parsed = new URL(text);
  const fault = unwantedPart(parsed, text);
  return fault ?? normalise(parsed);
}

/** The stable name of a server in the admin API: `host:port`, with a hash of the URL where that says too little. */
export function serverId({ url, host, port }: ServerUrl, hash: (text: string) => string): string {
  const authority = joinHostPort(host, port);
  return url === `http://${authority}` ? authority : `${authority}~${hash(url)}`;
}

/** Writes host and port as one, with brackets around an IPv6 address. */
export function joinHostPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function unwantedPart(url: URL, text: string): string | undefined {
  if (url.username !== "" || url.password !== "") return "expected a URL without user name and password";
  if (text.includes("?")) return "expected a URL without a query";
  if (text.includes("#")) return "expected a URL without a fragment";
  if (url.port === "0") return "expected a port from 1 to 65535";
  return undefined;
}

function normalise({ protocol, hostname, port: given, pathname }: URL): ServerUrl {
  const port = given === "" ? (protocol === "https:" ? 443 : 80) : Number(given);
  const host = hostname.replace(/^\[|\]$/g, "");
  const base = pathname.replace(/\/+$/, "");
  return { url: `${protocol}//${joinHostPort(host, port)}${base}`, host, port };
}
