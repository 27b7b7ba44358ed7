// What is compared: each with its whole configuration in its file, reading the answer as text.

/**
 * @typedef {object} Client
 * @property {() => Promise<unknown>} call makes one GET and reads the answer as text
 * @property {() => Promise<unknown> | void} close
 *
 * @typedef {object} Contender
 * @property {string} name
 * @property {boolean} [slow] whether a third of the requests shows it: warm-up and count take long enough as they are
 * @property {(url: string, connections: number) => Promise<Client> | Client} open keeps at most `connections` open, one
 *   request on each at a time
 */

import * as bare from "./bare-socket.mjs";
import * as millrace from "./millrace.mjs";
import * as others from "./others.mjs";
import * as undici from "./undici.mjs";

/** @type {Contender[]} */
export const contenders = [
  bare.socketLoop,
  millrace.poolCall,
  millrace.channelCall,
  millrace.request,
  millrace.fetchFace,
  millrace.fetchWeb,
  millrace.dispatcherFace,
  millrace.agentFace,
  undici.poolRequest,
  undici.poolFetch,
  others.globalFetch,
  others.nodeHttp,
  others.gotClient,
  others.axiosClient,
];

/** Who a contender is compared with, by name. */
export const references = { undici: undici.poolRequest.name, fetch: others.globalFetch.name };
