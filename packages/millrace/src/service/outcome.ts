/** How a call ended: with a response, which may itself tell of a failure, or with an error. */
export type Outcome<Response> = { readonly response: Response } | { readonly error: unknown };

/** Waits for the end of a call and tells it as a value. Never rejects. */
export function outcomeOf<Response>(answer: Promise<Response>): Promise<Outcome<Response>> {
  return answer.then(
    (response) => ({ response }),
    (error: unknown) => ({ error }),
  );
}

/** Gives the response of `outcome`, or throws its error. */
export function settleLike<Response>(outcome: Outcome<Response>): Response {
  if ("response" in outcome) return outcome.response;
  throw outcome.error;
}
