/** Parameters of a query. Lists give one parameter for each item; `undefined` leaves the name out. */
export type Query =
  | URLSearchParams
  | Readonly<Record<string, string | number | boolean | undefined | readonly (string | number | boolean)[]>>;

/**
 * Adds `query` to a path that may have a query already.
 *
 * @throws TypeError when it is none, or has a parameter that is no text
 */
export function withQuery(path: string, query: Query): string {
  const text = query instanceof URLSearchParams ? query.toString() : encodeQuery(query);
  if (text === "") return path;
  const hash = path.indexOf("#");
  const bare = hash < 0 ? path : path.slice(0, hash);
  return `${bare}${bare.includes("?") ? "&" : "?"}${text}`;
}

function encodeQuery(query: Exclude<Query, URLSearchParams>): string {
  if (typeof query !== "object")
    throw new TypeError(`a query is parameters by their names, not a ${typeof query}`);
  let text = "";
  for (const name of Object.keys(query)) {
    const value = query[name];
    if (value === undefined) continue;
    if (isList(value)) for (const item of value) text += parameter(name, item);
    else text += parameter(name, value);
  }
  return text.slice(1);
}

function isList<Value>(value: Value): value is Value & Iterable<string | number | boolean> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

function parameter(name: string, value: string | number | boolean): string {
  if (typeof value === "object" || typeof value === "function") {
    const found = value === null ? "null" : `of type ${typeof value}`;
    throw new TypeError(`the parameter ${JSON.stringify(name)} has no text of its own: it is ${found}`);
  }
  return `&${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
}
