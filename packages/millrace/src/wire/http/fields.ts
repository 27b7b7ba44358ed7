import { invalidOption } from "../../base/options.js";
import { isFieldValue, isToken } from "./characters.js";
import { FieldId, fieldId } from "./field-id.js";

/**
 * The field lines of a message, in order, with their names as they were written.
 *
 * Names match without regard to case. Lines of one name stay apart, as `Set-Cookie` needs. Values are
 * latin1 text: one character a byte.
 */
export class Fields implements Iterable<readonly [name: string, value: string]> {
  #lines: string[] = [];
  #ids: FieldId[] = [];
  #present = 0;

  /** Makes fields of name and value pairs, checking each as {@link append} does. */
  static from(pairs: Iterable<readonly [name: string, value: string]>): Fields {
    const fields = new Fields();
    for (const [name, value] of pairs) fields.append(name, value);
    return fields;
  }

  /** How many lines there are. */
  get size(): number {
    return this.#ids.length;
  }

  /** Whether a line with the known name `id` is present. */
  hasId(id: FieldId): boolean {
    return (this.#present & (1 << id)) !== 0;
  }

  /** The value of the first line with the known name `id`. */
  getId(id: FieldId): string | undefined {
    if (!this.hasId(id)) return undefined;
    const at = this.#ids.indexOf(id);
    return at < 0 ? undefined : this.#lines[2 * at + 1];
  }

  /** Whether a line of that name is present. */
  has(name: string): boolean {
    return this.#find(name, 0) >= 0;
  }

  /** The value of the first line of that name. */
  get(name: string): string | undefined {
    const at = this.#find(name, 0);
    return at < 0 ? undefined : this.#lines[2 * at + 1];
  }

  /** The values of all lines of that name, in order. */
  getAll(name: string): string[] {
    const values: string[] = [];
    for (let at = this.#find(name, 0); at >= 0; at = this.#find(name, at + 1)) {
      values.push(this.#lines[2 * at + 1]!);
    }
    return values;
  }

  /** All values of that name as one list, the way RFC 9110 §5.3 joins them; not for `Set-Cookie`. */
  getList(name: string): string | undefined {
    const values = this.getAll(name);
    return values.length === 0 ? undefined : values.join(", ");
  }

  /**
   * Adds a line at the end.
   *
   * @throws MillraceError `invalid-options` when the name is no token, or the value has a control
   * character, a character above latin1, or outer blanks
   */
  append(name: string, value: string): void {
    if (!isToken(name)) throw invalidOption("field name", "a token", JSON.stringify(name));
    if (!isFieldValue(value))
      throw invalidOption(`field ${name}`, "visible latin1 text", JSON.stringify(value));
    this.push(fieldId(name), name, value);
  }

  /** Replaces all lines of that name by one, where the first was or else at the end. */
  set(name: string, value: string): void {
    const at = this.#find(name, 0);
    if (at < 0) {
      this.append(name, value);
      return;
    }
    if (!isFieldValue(value))
      throw invalidOption(`field ${name}`, "visible latin1 text", JSON.stringify(value));
    for (let next = this.#find(name, at + 1); next >= 0; next = this.#find(name, next)) this.#remove(next);
    this.#lines[2 * at + 1] = value;
  }

  /** Removes all lines of that name. */
  delete(name: string): void {
    for (let at = this.#find(name, 0); at >= 0; at = this.#find(name, at)) this.#remove(at);
  }

  /**
   * Adds a line that is known to be valid, unchecked: for parsers, and for lines taken from other fields.
   * `id` must be the {@link fieldId} of `name`.
   */
  push(id: FieldId, name: string, value: string): void {
    this.#ids.push(id);
    this.#lines.push(name, value);
    this.#present |= 1 << id;
  }

  /** The known name of line `at`, from 0 to {@link size}. */
  idAt(at: number): FieldId {
    return this.#ids[at]!;
  }

  /** The name of line `at` as it was written. */
  nameAt(at: number): string {
    return this.#lines[2 * at]!;
  }

  /** The value of line `at`. */
  valueAt(at: number): string {
    return this.#lines[2 * at + 1]!;
  }

  /** A copy that can be changed alone. */
  clone(): Fields {
    const copy = new Fields();
    copy.#lines = this.#lines.slice();
    copy.#ids = this.#ids.slice();
    copy.#present = this.#present;
    return copy;
  }

  *[Symbol.iterator](): Iterator<readonly [name: string, value: string]> {
    for (let at = 0; at < this.size; at++) yield [this.nameAt(at), this.valueAt(at)];
  }

  #find(name: string, from: number): number {
    const id = fieldId(name);
    if (id !== FieldId.other) return this.hasId(id) ? this.#ids.indexOf(id, from) : -1;
    for (let at = from; at < this.#ids.length; at++) {
      if (this.#ids[at] === FieldId.other && isSameName(this.#lines[2 * at]!, name)) return at;
    }
    return -1;
  }

  #remove(at: number): void {
    const id = this.#ids[at]!;
    this.#ids.splice(at, 1);
    this.#lines.splice(2 * at, 2);
    if (!this.#ids.includes(id)) this.#present &= ~(1 << id);
  }
}

/** Whether two tokens are the same name, whatever their case. Makes no text, unlike a change of case. */
function isSameName(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) {
    const code = a.charCodeAt(at);
    const other = b.charCodeAt(at);
    if (code === other) continue;
    const lower = code | 0x20;
    if (lower !== (other | 0x20) || lower < 0x61 || lower > 0x7a) return false;
  }
  return true;
}
