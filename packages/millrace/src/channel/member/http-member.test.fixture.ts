import { Sweeper } from "../../base/sweeper.js";
import { createContext } from "../../service/context.js";
import { createMemoryPair } from "../../testing/memory-stream.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import type { ByteStream } from "../../wire/index.js";
import { requestTo } from "../../wire/proof/client-side.js";
import { RawPeer } from "../../wire/proof/raw-peer.js";
import type { Connector } from "../connect/connector.js";
import { HttpMember, type HttpMemberSettings } from "./http-member.js";

/** An answer without content. */
export function answerOf(status: number, ...fields: readonly string[]): string {
  return [`HTTP/1.1 ${status} Any`, "Content-Length: 0", ...fields, "", ""].join("\r\n");
}

/** A server in memory: every connection to it ends in the test's hands. */
export class MemoryServer implements Connector {
  readonly target = "10.0.0.1:80";
  readonly encrypted = false;
  /** The far ends of all connections, in the order they were made. */
  readonly peers: RawPeer[] = [];
  /** What attempts to connect fail with. */
  refusal: Error | undefined;
  /** Whether attempts to connect are left waiting. */
  silent = false;
  /** Attempts that were given up. */
  givenUp = 0;

  async connect(signal?: AbortSignal): Promise<ByteStream> {
    await Promise.resolve();
    if (this.silent) await this.#wait(signal);
    signal?.throwIfAborted();
    if (this.refusal) throw this.refusal;
    const [near, far] = createMemoryPair();
    this.peers.push(new RawPeer(far));
    return near;
  }

  /** The far end of the connection made last. */
  get last(): RawPeer {
    return this.peers.at(-1)!;
  }

  #wait(signal: AbortSignal | undefined): Promise<never> {
    return new Promise((_, reject) => {
      signal?.addEventListener("abort", () => {
        this.givenUp += 1;
        reject(signal.reason as Error);
      });
    });
  }
}

/** A member on a clock of its own, with its server and its reports in the test's hands. */
export function setup(settings: Partial<HttpMemberSettings> = {}) {
  const clock = new VirtualClock();
  const sweeper = new Sweeper({ clock });
  const server = new MemoryServer();
  const heard: string[] = [];
  const note = (word: string) => (error?: unknown) => {
    heard.push(error instanceof Error ? `${word}: ${error.message}` : word);
  };
  const reports = {
    connected: note("connected"),
    healthy: note("healthy"),
    unhealthy: note("unhealthy"),
    connectionError: note("error"),
    dropped: note("dropped"),
  };
  const open = () =>
    new HttpMember(
      server,
      {
        label: "backend",
        health: { kind: "none" },
        host: "example.test",
        scheme: "http",
        layer: undefined,
        maxConnections: Infinity,
        idleMs: 4_000,
        settledMs: 1_000,
        connection: { clock, sweeper },
        clock,
        random: () => 0.5,
        ...settings,
      },
      reports,
    );
  const settle = () => clock.advance(0);
  /** Takes what was reported so far. */
  const take = async () => {
    await settle();
    return heard.splice(0);
  };
  /** Makes a call that the server's latest connection answers. */
  const call = (member: HttpMember) => {
    const answer = member.call(requestTo("/"), createContext());
    answer.catch(() => {});
    return answer;
  };
  /** Timers that are left, the sweeper's aside. */
  const pending = () => {
    sweeper[Symbol.dispose]();
    return clock.pending;
  };
  return { clock, server, open, settle, take, call, pending };
}
