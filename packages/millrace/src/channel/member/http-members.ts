import type { Sweeper } from "../../base/sweeper.js";
import type { Service } from "../../service/service.js";
import type { HttpRequest, HttpResponse } from "../../wire/http/message.js";
import type { ChannelSettings } from "../options.js";
import type { OpenMember } from "../pool/pool-member.js";
import type { Address } from "../resolve/address.js";
import { connectorOf } from "./connector-of.js";
import { HttpMember, type HttpMemberSettings } from "./http-member.js";

/** Opens members of HTTP/1.1. A member of another protocol would be opened here, by what was agreed on. */
export function httpMembers(
  settings: ChannelSettings,
  sweeper: Sweeper,
): OpenMember<Address, Service<HttpRequest, HttpResponse>> {
  const { label, health, memberLayer, authority, origin, connections, pool, dial, clock, random } = settings;
  const { max, idleMs, limits, timeouts, emptyLength, idleKeepsAlive } = connections;
  const shared: HttpMemberSettings = {
    label,
    health,
    host: authority,
    scheme: new URL(origin).protocol.slice(0, -1),
    layer: memberLayer,
    maxConnections: max,
    idleMs,
    settledMs: pool.settledMs,
    connection: { limits, timeouts, emptyLength, idleKeepsAlive, clock, sweeper },
    clock,
    random,
  };
  return (address, reports) => new HttpMember(connectorOf(dial, address), shared, reports);
}
