/** How a call ended: with a response, which may itself tell of a failure, or with an error. */
export type Outcome<Response> = { readonly response: Response } | { readonly error: unknown };
