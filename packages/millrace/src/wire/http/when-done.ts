import type { DoneListener } from "../../service/done.js";
import type { HttpResponse } from "./message.js";

/**
 * Tells `listener` when a response is over: when its body has ended or broken off, or its tunnel has
 * closed; at once when there is neither. For the `whenDone` option of layers and balancers.
 */
export function whenResponseDone(response: HttpResponse, listener: DoneListener): void {
  const { body, stream } = response;
  if (stream) stream.onClosed(() => listener.callDone());
  else if (body.kind === "stream") body.onDone(() => listener.callDone());
  else listener.callDone();
}
