import { FieldId, fieldId } from "millrace/wire";

/**
 * Whether a field is there only to be taken for another one: a known name in underscores, which many
 * servers read as the same (CVE-2025-64484 is of that kind), or `Proxy`, which becomes the variable
 * `HTTP_PROXY` of a CGI program (httpoxy, CVE-2016-5385).
 */
export function isSpoof(name: string): boolean {
  if (name.length === 5) return name.toLowerCase() === "proxy";
  if (!name.includes("_")) return false;
  const plain = name.replaceAll("_", "-").toLowerCase();
  return plain.startsWith("x-forwarded-") || fieldId(plain) !== FieldId.other;
}
