/** Characters of a token (RFC 9110 §5.6.2): 1 where a byte may stand in a method or field name. */
export const tokenTable: Uint8Array = new Uint8Array(256);

/** Characters of a field value (RFC 9110 §5.5): tab, space, visible ASCII and obs-text. */
export const fieldValueTable: Uint8Array = new Uint8Array(256);

/**
 * Characters of a request target: visible ASCII without `"`, `<`, `>`, `\`, `^`, backquote, `{`, `|`,
 * `}` that RFC 3986 leaves out would be exact; clients send those unescaped, and no parser reads them
 * as framing, so only controls, spaces, `#` and bytes above ASCII are kept out.
 */
export const targetTable: Uint8Array = new Uint8Array(256);

/** Value of a hexadecimal digit, or 255. */
export const hexTable: Uint8Array = new Uint8Array(256).fill(255);

for (const character of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  tokenTable[character.charCodeAt(0)] = 1;
}
for (let byte = 0x20; byte <= 0xff; byte++) fieldValueTable[byte] = byte === 0x7f ? 0 : 1;
fieldValueTable[0x09] = 1;
for (let byte = 0x21; byte <= 0x7e; byte++) targetTable[byte] = byte === 0x23 ? 0 : 1;
for (let digit = 0; digit < 16; digit++) {
  hexTable[digit.toString(16).charCodeAt(0)] = digit;
  hexTable[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** Whether `text` is a token, as methods and field names must be. */
export function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (tokenTable[text.charCodeAt(at)] !== 1) return false;
  }
  return text.length > 0;
}

/** Whether `text` can stand as a field value: no control but tab, nothing above latin1, no outer blanks. */
export function isFieldValue(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (fieldValueTable[text.charCodeAt(at)] !== 1) return false;
  }
  return text.length === 0 || (!isBlank(text.charCodeAt(0)) && !isBlank(text.charCodeAt(text.length - 1)));
}

/** `text` without the spaces and tabs around it; unlike `trim`, which takes bytes above ASCII for blanks. */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
