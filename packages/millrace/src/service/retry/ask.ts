import type { CallContext } from "../context.js";
import { faults } from "../fault.js";
import type { Outcome } from "../outcome.js";
import type { RetryBudget } from "./budget.js";
import type { Repeat, RetryPolicy, RetryVerdict } from "./policy.js";

/** What the policy says to an outcome. One that throws has said no. */
export function verdictOf<Request, Response>(
  policy: RetryPolicy<Request, Response>,
  request: Request,
  outcome: Outcome<Response>,
  context: CallContext,
): RetryVerdict {
  try {
    return policy.shouldRetry(request, outcome, context);
  } catch (error) {
    faults.publish({ where: "policy.shouldRetry", error });
    return false;
  }
}

/** The request to send again; `undefined` when it cannot be, or when the policy throws. */
export function requestAgain<Request, Response>(
  policy: Repeat<Request, Response>,
  request: Request,
): Request | undefined {
  if (!policy.again) return request;
  try {
    return policy.again(request);
  } catch (error) {
    faults.publish({ where: "policy.again", error });
    return undefined;
  }
}

/** Notes a call in `budget`. */
export function depositTo(budget: RetryBudget): void {
  try {
    budget.deposit();
  } catch (error) {
    faults.publish({ where: "budget.deposit", error });
  }
}

/** Whether `budget` gives the price of one retry. One that throws gives nothing. */
export function withdrawFrom(budget: RetryBudget): boolean {
  try {
    return budget.withdraw();
  } catch (error) {
    faults.publish({ where: "budget.withdraw", error });
    return false;
  }
}

/** Lets go of a response that nobody will read. */
export function discardWith<Request, Response>(policy: Repeat<Request, Response>, response: Response): void {
  try {
    policy.discard?.(response);
  } catch (error) {
    faults.publish({ where: "policy.discard", error });
  }
}
