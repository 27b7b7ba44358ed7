import { balance, createMemberSet, pinUntilError, powerOfTwo } from "millrace/balance";
import { adaptiveLimit, retry, stack } from "millrace/service";

/** @typedef {import("millrace/testing").ClientParts} ClientParts */
/** @typedef {import("millrace/testing").SimulatedService} SimulatedService */
/** @typedef {import("millrace/service").Outcome<import("millrace/testing").SimulatedResponse>} SimulatedOutcome */

/** How a client is built, for requests that may reach a server twice or may not. */
/** @typedef {(parts: ClientParts, idempotent: boolean) => SimulatedService} ClientPolicy */

/** @type {Readonly<Record<string, ClientPolicy>>} */
export const policies = {
  /** What one gets by `retry` and `balance` with nothing else said. */
  default: (parts, idempotent) => retries(parts, idempotent)(balanced(parts, parts.members)),
  /** The same, with a limit that each member learns. */
  limited: (parts, idempotent) => retries(parts, idempotent)(balanced(parts, limitedMembers(parts))),
  pinned: (parts, idempotent) => {
    const { clock, random } = parts;
    const picker = pinUntilError({ random });
    return retries(
      parts,
      idempotent,
    )(balance(limitedMembers(parts), { clock, picker, failed, outlier: false }));
  },
};

const failed = (/** @type {{ status: number }} */ { status }) => status >= 500;

function balanced(
  /** @type {ClientParts} */ { clock, random },
  /** @type {ClientParts["members"]} */ members,
) {
  return balance(members, { clock, picker: powerOfTwo({ random }), failed });
}

/** Up to 4 retries, as conjure has them: what was refused always, other failures if it may reach a server twice. */
function retries(/** @type {ClientParts} */ { clock, random }, /** @type {boolean} */ idempotent) {
  const shouldRetry = (/** @type {unknown} */ _request, /** @type {SimulatedOutcome} */ outcome) => {
    if (!("response" in outcome)) return true;
    const { status } = outcome.response;
    return status === 429 || status === 503 || (idempotent && status >= 500);
  };
  return /** @type {(inner: SimulatedService) => SimulatedService} */ (
    stack(retry({ policy: { shouldRetry }, attempts: 5, backoff: { initialMs: 250, random }, clock }))
  );
}

/** The members, each behind a limit of this client's own. */
function limitedMembers(/** @type {ClientParts} */ { members, clock }) {
  /** @type {ClientParts["members"]} */
  const limited = createMemberSet();
  const judge = (/** @type {SimulatedOutcome} */ outcome) =>
    "response" in outcome && outcome.response.status < 429 ? "success" : "dropped";
  members.subscribe((change) => {
    if (change.kind === "remove") limited.remove(change.key);
    if (change.kind === "insert") limited.insert(change.key, adaptiveLimit({ judge, clock })(change.service));
  });
  return limited;
}
