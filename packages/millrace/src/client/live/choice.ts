import type { CallContext } from "../../service/context.js";
import type { Service } from "../../service/service.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import { safeCall } from "../call/safe-call.js";
import type { NodeSelection } from "../selection/select-node.js";

/** A node selection, and how many calls use it: it is let go of when the last of them is over. */
export class Choice {
  readonly selection: NodeSelection<string, HttpRequest, HttpResponse>;
  #inFlight = 0;
  #onIdle: (() => void) | undefined;

  constructor(selection: NodeSelection<string, HttpRequest, HttpResponse>) {
    this.selection = selection;
  }

  /** Makes a call of `service`, which uses the selection. */
  call(
    service: Service<HttpRequest, HttpResponse>,
    request: HttpRequest,
    context: CallContext,
  ): Promise<HttpResponse> {
    this.#inFlight += 1;
    const answer = safeCall(service, request, context);
    answer.then(this.#over, this.#over);
    return answer;
  }

  /** Whether no call uses the selection. */
  get idle(): boolean {
    return this.#inFlight === 0;
  }

  /** Settles when no call uses the selection. */
  whenIdle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#onIdle;
      this.#onIdle = () => {
        before?.();
        resolve();
      };
    });
  }

  readonly #over = () => {
    this.#inFlight -= 1;
    if (this.#inFlight > 0) return;
    const onIdle = this.#onIdle;
    this.#onIdle = undefined;
    onIdle?.();
  };
}
