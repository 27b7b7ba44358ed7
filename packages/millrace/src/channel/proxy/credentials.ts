import { invalidOption } from "../../base/options.js";

/** Who asks an HTTP proxy (RFC 7617, Basic). */
export interface ProxyCredentials {
  /** Without a colon. */
  readonly username: string;
  /** May hold anything. */
  readonly password: string;
}

/**
 * The value of `Proxy-Authorization`, in UTF-8.
 *
 * @throws MillraceError `invalid-options` when the name has a colon
 */
export function basicAuthorization({ username, password }: ProxyCredentials): string {
  for (const [name, text] of Object.entries({ username, password })) {
    // What was found may be a secret.
    if (typeof text !== "string") throw invalidOption(`credentials.${name}`, "text", `a ${typeof text}`);
  }
  if (username.includes(":")) throw invalidOption("credentials.username", "a name without a colon", "one");
  return `Basic ${Buffer.from(`${username}:${password}`, "utf8").toString("base64")}`;
}

/** The credentials in a URL, if there are any. */
export function credentialsOf({ username, password }: URL): ProxyCredentials | undefined {
  if (username === "" && password === "") return undefined;
  return { username: decoded(username), password: decoded(password) };
}

/** A `%` that stands for itself is no reason to refuse a password. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
