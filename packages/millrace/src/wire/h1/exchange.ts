import { CallControl } from "../../service/context.js";
import type { HttpRequest, HttpResponse } from "../http/message.js";
import type { Peer } from "../stream/byte-stream.js";

/** One request with its response, as a server connection sees it; also the context of the call it makes. */
export class Exchange extends CallControl {
  /** What was asked for. */
  readonly request: HttpRequest;
  /** The client. */
  readonly peer: Peer;
  /** Clock time in milliseconds when the request's head was read. */
  readonly startedAt: number;
  /** What was answered; undefined until then. */
  response: HttpResponse | undefined;
  /** Status sent to the client; 0 when none was. */
  status = 0;
  /** Bytes of content received from the client. */
  receivedBytes = 0;
  /** Bytes of content sent to the client. */
  sentBytes = 0;
  /** Why there is no good answer: the service's failure, or what cut the exchange off. */
  error: unknown;
  /** Clock time in milliseconds when the last byte of the response was written. */
  endedAt = 0;

  constructor(request: HttpRequest, peer: Peer, startedAt: number, deadline: number) {
    super(deadline === Infinity ? undefined : { deadline });
    this.request = request;
    this.peer = peer;
    this.startedAt = startedAt;
  }
}
