import { createContext } from "../../service/context.js";
import { createMemoryPair } from "../../testing/memory-stream.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import type { HttpRequest } from "../../wire/index.js";
import { requestTo } from "../../wire/proof/client-side.js";
import { RawPeer } from "../../wire/proof/raw-peer.js";
import type { Connector } from "../connect/connector.js";
import { openConnectionPool } from "./connection-pool.js";
import type { ConnectionPoolOptions } from "./connection-pool-options.js";

/** A whole answer. */
export const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** A pool on a clock of its own, whose connections end in the test's hands. */
export function setup(given: Partial<ConnectionPoolOptions> = {}) {
  const clock = new VirtualClock();
  const peers: RawPeer[] = [];
  const connector = new MemoryConnector(peers);
  const options: ConnectionPoolOptions = { connector, clock, ...given };
  const pool = openConnectionPool(options);
  type Pool = typeof pool;

  /** Begins calls, and lets their requests arrive. */
  const start = async (on: Pool, count: number, parts: Partial<HttpRequest> = {}) => {
    const calls = Array.from({ length: count }, (_, at) =>
      on.call(requestTo(`/${at}`, parts), createContext()),
    );
    for (const call of calls) call.catch(() => {});
    await clock.advance(0);
    return calls;
  };
  /** Makes a call that the server at `at` answers. */
  const answer = async (on: Pool, at: number) => {
    const call = on.call(requestTo("/"), createContext());
    await Promise.race([clock.advance(0), call]);
    peers[at]!.send(ok);
    return await call;
  };
  return { clock, peers, connector, options, pool, start, answer };
}

class MemoryConnector implements Connector {
  readonly target = "memory";
  readonly encrypted = false;
  readonly failures: Error[] = [];
  readonly #peers: RawPeer[];

  constructor(peers: RawPeer[]) {
    this.#peers = peers;
  }

  async connect(signal?: AbortSignal) {
    await Promise.resolve();
    signal?.throwIfAborted();
    const failure = this.failures.shift();
    if (failure) throw failure;
    const [near, far] = createMemoryPair();
    this.#peers.push(new RawPeer(far));
    return near;
  }
}
