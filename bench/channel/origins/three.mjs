import { once } from "node:events";
import { createServer } from "node:http";

/**
 * @typedef {object} Three Three origins of one name, the first of which can go wrong. Each answers with its name.
 * @property {number} port
 * @property {readonly string[]} hosts their addresses
 * @property {string} name a URL that stands for all of them
 * @property {() => { connect: object }} lookups options of undici's that give the name's addresses in turn
 * @property {string[]} heard who was asked, request by request
 * @property {() => void} kill
 * @property {(ms: number) => void} slowDown
 * @property {() => void} fail
 * @property {() => Promise<unknown>} close
 */

const hosts = ["127.0.0.1", "127.0.0.2", "127.0.0.3"];

/** @returns {Promise<Three>} */
export async function openThree() {
  const first = { delayMs: 0, status: 200 };
  const well = { delayMs: 0, status: 200 };
  /** @type {string[]} */
  const heard = [];
  const servers = [serve("a", first, heard), serve("b", well, heard), serve("c", well, heard)];
  let port = 0;
  for (const [at, server] of servers.entries()) {
    server.listen(port, hosts[at]);
    await once(server, "listening");
    port ||= /** @type {import("node:net").AddressInfo} */ (server.address()).port;
  }
  return {
    port,
    hosts,
    heard,
    name: `http://backend.test:${port}`,
    lookups() {
      let turn = 0;
      /** @param {string} _name @param {{ all?: boolean }} options @param {Function} done */
      const lookup = (_name, options, done) => {
        const address = hosts[turn++ % hosts.length];
        if (options.all) done(null, [{ address, family: 4 }]);
        else done(null, address, 4);
      };
      return { connect: { lookup } };
    },
    kill() {
      servers[0].close();
      servers[0].closeAllConnections();
    },
    slowDown: (ms) => void (first.delayMs = ms),
    fail: () => void (first.status = 503),
    close: () =>
      Promise.all(
        servers.map((server) => {
          server.closeAllConnections();
          return new Promise((resolve) => server.close(resolve));
        }),
      ),
  };
}

/** @param {string} name @param {{ delayMs: number, status: number }} mood @param {string[]} heard */
function serve(name, mood, heard) {
  return createServer((_request, response) => {
    heard.push(name);
    const answer = () => {
      response.statusCode = mood.status;
      response.end(name);
    };
    if (mood.delayMs > 0) setTimeout(answer, mood.delayMs);
    else answer();
  });
}
