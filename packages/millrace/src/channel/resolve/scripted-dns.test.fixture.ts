import { createDeferred } from "../../base/deferred.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import type { AddressRecord, DnsClient, ServiceRecord } from "./dns-client.js";
import type { LookupOptions } from "./lookup-options.js";

/** What the servers say to one question: records, that there are none, an error, or nothing for ever. */
type Said<T> = readonly T[] | "missing" | "silence" | Error;

/** Servers that say what a test has written down, and write down what they were asked. */
class ScriptedDns implements DnsClient {
  /** `A a.test`, `AAAA a.test`, `SRV _http._tcp.test`, in the order of asking. */
  readonly asked: string[] = [];
  /** Questions whose asker has given up. */
  abandoned = 0;
  readonly #said = new Map<string, Said<AddressRecord | ServiceRecord>>();

  /** From now on, `question` is answered like this. Whatever was never said is missing. */
  say(question: string, answer: Said<AddressRecord | ServiceRecord>): void {
    this.#said.set(question, answer);
  }

  /** The questions since this was last called. */
  take(): string[] {
    return this.asked.splice(0);
  }

  addresses(name: string, family: 4 | 6, signal: AbortSignal): Promise<readonly AddressRecord[]> {
    return this.#answer(`${family === 4 ? "A" : "AAAA"} ${name}`, signal);
  }

  services(name: string, signal: AbortSignal): Promise<readonly ServiceRecord[]> {
    return this.#answer(`SRV ${name}`, signal);
  }

  async #answer<T>(question: string, signal: AbortSignal): Promise<readonly T[]> {
    this.asked.push(question);
    const said = (this.#said.get(question) ?? "missing") as Said<T>;
    if (said === "missing") throw Object.assign(new Error("not found"), { code: "ENOTFOUND" });
    if (said instanceof Error) throw said;
    if (said !== "silence") return said;
    const over = createDeferred<readonly T[]>();
    signal.addEventListener("abort", () => {
      this.abandoned += 1;
      over.reject(Object.assign(new Error("cancelled"), { code: "ECANCELLED" }));
    });
    return await over.promise;
  }
}

/** Records of `ttl` seconds. */
export function records(ttl: number, ...addresses: string[]): AddressRecord[] {
  return addresses.map((address) => ({ address, ttl }));
}

/** A failure of the servers that says nothing about the name. */
export function serverFailure(): Error {
  return Object.assign(new Error("queryA ESERVFAIL"), { code: "ESERVFAIL" });
}

/** Servers, a clock, and the options to look up by them alone; chance adds nothing unless it is given. */
export function scripted() {
  const clock = new VirtualClock();
  const dns = new ScriptedDns();
  const lookup: LookupOptions = { client: dns, clock, random: () => 0, hostsFile: false, search: [] };
  return { clock, dns, lookup };
}
