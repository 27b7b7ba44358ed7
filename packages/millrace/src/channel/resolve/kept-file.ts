import { readFile, stat } from "node:fs/promises";

/**
 * What a file says, read again when the file has changed since. One that is not there, or cannot be
 * read, says as much as an empty one.
 */
export class KeptFile<T> {
  readonly #path: string;
  readonly #parse: (text: string) => T;
  #seen = "";
  #value: T;

  constructor(path: string, parse: (text: string) => T) {
    this.#path = path;
    this.#parse = parse;
    this.#value = parse("");
  }

  /** What the file says now. */
  async read(): Promise<T> {
    try {
      const { ino, size, mtimeMs } = await stat(this.#path);
      const found = `${ino} ${size} ${mtimeMs}`;
      if (found === this.#seen) return this.#value;
      this.#value = this.#parse(await readFile(this.#path, "utf8"));
      this.#seen = found;
    } catch {
      this.#seen = "";
      this.#value = this.#parse("");
    }
    return this.#value;
  }
}
