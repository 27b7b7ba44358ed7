import { text } from "./fields.js";

/** What the requests of one server have in common, as settings name it. */
export type HashBy =
  | { readonly kind: "client" | "host" | "path" | "target" }
  | { readonly kind: "header" | "cookie" | "query"; readonly name: string };

/** Reads `client`, `host`, `path`, `target`, `header:NAME`, `cookie:NAME` or `query:NAME`; `undefined` when it is none of them. */
export function parseHashBy(written: string): HashBy | undefined {
  const [, plain, kind, name = ""] =
    /^(?:(client|host|path|target)|(header|cookie|query):([!#$%&'*+.^_`|~\w-]+))$/.exec(written) ?? [];
  if (plain !== undefined) return { kind: plain as "client" };
  return kind === undefined ? undefined : { kind: kind as "header", name };
}

/** What the requests of one server have in common, as text. */
export function hashBy(description: string) {
  const expected =
    'client, host, path, target, or one by name such as "header:x-user", "cookie:sid", "query:id"';
  return text(description, expected, (written) => parseHashBy(written) !== undefined);
}
