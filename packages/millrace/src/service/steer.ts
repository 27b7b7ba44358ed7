import { MillraceError } from "../base/errors.js";
import { invalidOption, requireFunction } from "../base/options.js";
import type { CallContext } from "./context.js";
import type { Service } from "./service.js";

/**
 * Says which of `services` takes a request, by its index. What it throws fails the call, as does an
 * index where there is no service.
 */
export type SteerPicker<Request, Response> = (
  request: Request,
  services: readonly Service<Request, Response>[],
  context: CallContext,
) => number;

/**
 * A service that hands each request to the one of several that `pick` names: by path, say, or by tenant.
 *
 * Ready only when all of them are, since nobody knows beforehand which the next request wants: one that
 * is busy for long holds readiness up for all. A call itself waits for nobody but its own. For services
 * that can stand in for each other, use a balancer. After tower's `Steer`.
 *
 * @throws MillraceError `unavailable`, from the call, when the index named has no service
 */
export function steer<Request, Response>(
  services: readonly Service<Request, Response>[],
  pick: SteerPicker<Request, Response>,
): Service<Request, Response> {
  if (!Array.isArray(services)) throw invalidOption("steer.services", "a list of services", services);
  requireFunction("steer.pick", pick);
  return {
    get ready() {
      return services.every((service) => service.ready);
    },
    async whenReady(signal) {
      await Promise.all(services.filter((service) => !service.ready).map((each) => each.whenReady(signal)));
    },
    call(request, context) {
      let index: number;
      try {
        index = pick(request, services, context);
      } catch (error) {
        return Promise.reject(error as Error);
      }
      const service = services[index];
      return service ? service.call(request, context) : Promise.reject(noService(index, services.length));
    },
  };
}

function noService(index: number, count: number): MillraceError {
  const message = `steered to service ${index} of ${count}, counted from 0`;
  return new MillraceError(message, { code: "unavailable", unsent: true });
}
