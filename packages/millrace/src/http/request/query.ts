/** Parameters of a query. Lists give one parameter for each item; `undefined` leaves the name out. */
export type Query =
  | URLSearchParams
  | Readonly<Record<string, string | number | boolean | undefined | readonly (string | number | boolean)[]>>;

/** Adds `query` to a path that may have a query already. */
export function withQuery(path: string, query: Query): string {
  const text = query instanceof URLSearchParams ? query.toString() : encodeQuery(query);
  if (text === "") return path;
  const hash = path.indexOf("#");
  const bare = hash < 0 ? path : path.slice(0, hash);
  return `${bare}${bare.includes("?") ? "&" : "?"}${text}`;
}

function encodeQuery(query: Exclude<Query, URLSearchParams>): string {
  let text = "";
  for (const name of Object.keys(query)) {
    const value = query[name];
    if (value === undefined) continue;
    if (typeof value === "object") for (const item of value) text += parameter(name, item);
    else text += parameter(name, value);
  }
  return text.slice(1);
}

function parameter(name: string, value: string | number | boolean): string {
  return `&${encodeURIComponent(name)}=${encodeURIComponent(value)}`;
}
