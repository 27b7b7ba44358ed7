import { createSocket } from "node:dgram";
import { Resolver } from "node:dns";
import { once } from "node:events";

/**
 * @typedef {object} NameServer A DNS server on the loopback that knows one answer to every question for an A record.
 * @property {string} address
 * @property {(host: string) => void} say answers so from now on
 * @property {import("node:net").LookupFunction} lookup asks this server, each time it is called
 * @property {() => void} close
 */

const typeA = 1;

/**
 * @param {string} host
 * @param {number} ttlSeconds
 * @returns {Promise<NameServer>}
 */
export async function openNameServer(host, ttlSeconds) {
  let said = host;
  const socket = createSocket("udp4");
  socket.on("message", (message, { port, address }) => {
    socket.send(answer(message, said, ttlSeconds), port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const address = `127.0.0.1:${socket.address().port}`;
  const resolver = new Resolver();
  resolver.setServers([address]);
  return {
    address,
    say: (host) => void (said = host),
    lookup(name, options, done) {
      resolver.resolve4(name, (error, found = []) => {
        if (error) done(error, "");
        else if (options.all)
          done(
            null,
            found.map((address) => ({ address, family: 4 })),
          );
        else done(null, found[0], 4);
      });
    },
    close: () => void socket.close(),
  };
}

/** One A record; nothing for other types. */
function answer(
  /** @type {Buffer} */ question,
  /** @type {string} */ host,
  /** @type {number} */ ttlSeconds,
) {
  // The name ends at the first empty label; type and class follow.
  const end = question.indexOf(0, 12) + 5;
  const has = question.readUInt16BE(end - 4) === typeA;
  const head = Buffer.from(question.subarray(0, end));
  head.writeUInt16BE(0x8180, 2);
  head.writeUInt16BE(has ? 1 : 0, 6);
  head.writeUInt32BE(0, 8);
  if (!has) return head;
  const record = Buffer.from([0xc0, 0x0c, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4, ...host.split(".").map(Number)]);
  record.writeUInt32BE(ttlSeconds, 6);
  return Buffer.concat([head, record]);
}
