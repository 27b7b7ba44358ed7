import { duration, section, size } from "millrace/config";
import { defaultSettings } from "./defaults.js";
import { whole } from "./fields.js";
import { countLimit, durationLimit, sizeLimit } from "./measures.js";

const times = defaultSettings.timeouts;
const sizes = defaultSettings.limits;

/** What the engine needs to read anything at all: see `messageLimits` of millrace/wire. */
const smallestLineBytes = 16;
const smallestHeadBytes = 64;

/** Longest waits, as configured. */
export const timeouts = section({
  connect: duration("For a connection to a server.").default(times.connectMs),
  requestHead: durationLimit("For a client to send a request head.").default(times.requestHeadMs),
  requestBodyIdle: durationLimit("Between two pieces of a request body.").default(times.requestBodyIdleMs),
  responseHead: durationLimit("For a server to begin its answer.").default(times.responseHeadMs),
  responseBodyIdle: durationLimit("Between two pieces of an answer.").default(times.responseBodyIdleMs),
  request: durationLimit("For a whole request, all attempts included.").default(times.requestMs),
  clientIdle: durationLimit("For the next request on a client's connection.").default(times.clientIdleMs),
  serverIdle: duration("For which an idle connection to a server is kept.").default(times.serverIdleMs),
  writeIdle: durationLimit("For a peer to take what waits to be written.").default(times.writeIdleMs),
  tunnelIdle: durationLimit("Between two pieces in a tunnel such as a WebSocket.").default(
    times.tunnelIdleMs,
  ),
}).prefault({});

/** Largest sizes and counts, as configured. */
export const limits = section({
  requestLine: size("Of a request line; more is 414.", smallestLineBytes).default(sizes.requestLineBytes),
  headerLine: size("Of one header line; more is 431.", smallestLineBytes).default(sizes.headerLineBytes),
  head: size("Of a whole head; more is 431.", smallestHeadBytes).default(sizes.headBytes),
  headerCount: whole("Header lines of a head; more is 431.", 1, 100_000).default(sizes.headerCount),
  body: sizeLimit("Of a request body; more is 413.").default(sizes.bodyBytes),
  bodyRate: sizeLimit("A second, that a request body must bring on average; less is 408.").default(
    sizes.bodyRate,
  ),
  chunkExtension: size("Of all chunk extensions of a message.").default(sizes.chunkExtensionBytes),
  trailer: size("Of a trailer section.").default(sizes.trailerBytes),
  connections: countLimit("Client connections of one worker.").default(sizes.connections),
  connectionsPerServer: countLimit("Connections of one worker to one server.").default(
    sizes.connectionsPerServer,
  ),
}).prefault({});
