import { type CallContext, createContextKey } from "../service/context.js";

/** Remembers which members of one balancer a call has been to, so that its next attempt goes elsewhere. */
export class TriedMembers<M extends object> {
  /** One member for as long as there is but one: a first attempt must cost nearly nothing. */
  readonly #key = createContextKey<M | Set<M>>("balance.tried");

  /** Those of `members` the call has not been to; all of them when it has been everywhere. */
  untried(members: readonly M[], context: CallContext): readonly M[] {
    if (isFirst(context)) return members;
    const tried = this.of(context);
    const untried = members.filter((member) => !tried.has(member));
    return untried.length > 0 ? untried : members;
  }

  /** The members the call has been to. */
  of(context: CallContext): ReadonlySet<M> {
    const tried = isFirst(context) ? undefined : context.origin.get(this.#key);
    if (tried instanceof Set) return tried;
    return new Set(tried ? [tried] : []);
  }

  /** Notes that the call goes to `member`. */
  note(member: M, context: CallContext): void {
    const { origin } = context;
    if (isFirst(context)) origin.set(this.#key, member);
    else origin.set(this.#key, new Set(this.of(context)).add(member));
  }
}

/** A context may serve several calls one after another: what an earlier one left in it means nothing. */
function isFirst(context: CallContext): boolean {
  return context.attempt <= context.origin.attempt;
}
