import { type CallContext, deriveContext } from "../../service/context.js";
import { type WhenDone, whenOver } from "../../service/done.js";
import type { Service } from "../../service/service.js";

/**
 * Makes a call that is part of another one, such as an attempt of it, a call of its own: what a client counts and notes of
 * its calls is not that of whoever tries again around it, or calls others beside it.
 */
export function makeOwnCall<Request, Response>(
  inner: Pick<Service<Request, Response>, "call">,
  request: Request,
  { context, whenDone }: { readonly context: CallContext; readonly whenDone: WhenDone<Response> | undefined },
): Promise<Response> {
  const own = deriveContext(context, { beginsCall: true });
  return inner.call(request, own).then(
    (response) => {
      whenOver(whenDone, response, own);
      return response;
    },
    (error: unknown) => {
      own.release();
      throw error;
    },
  );
}
