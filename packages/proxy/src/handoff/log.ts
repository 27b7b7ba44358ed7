import { handoffEvents } from "millrace/handoff";
import type { Log } from "../logging.js";

/** Writes into `log` what happens between the generations of the proxy `name`. */
export function logHandoff(name: string, log: Log): Disposable {
  return handoffEvents.subscribe((event) => {
    if (event.name !== name) return;
    switch (event.type) {
      case "upgrade-started":
        log.info({ pid: event.pid, release: event.release, way: event.way }, "a new proxy gets ready");
        break;
      case "upgrade-switched":
        log.info({ pid: event.pid, tookMs: Math.round(event.tookMs) }, "the new proxy serves");
        break;
      case "upgrade-proven":
        log.info({ pid: event.pid }, "handed over; what runs here is finished");
        break;
      case "upgrade-failed":
        log.error({ pid: event.pid, reason: event.reason }, "the new proxy has failed; this one serves");
        break;
      case "given-back":
        log.error({ reason: event.reason }, "this proxy has failed; the one before serves again");
        break;
      case "refused":
        log.warn({ reason: event.reason }, "somebody was turned away at the control socket");
        break;
      case "cut":
        log.warn({ connections: event.connections }, "connections were cut: their time was over");
        break;
    }
  });
}
