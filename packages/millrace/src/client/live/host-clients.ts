import { type Refreshable, RefreshableSource } from "../../config/refreshable/refreshable.js";
import { type ServiceConfig, type ServicesConfig, serviceConfig } from "../config/services-config.js";
import type { ServiceClient } from "../service-client.js";
import type { Reloadable } from "./reload.js";

/** A client for each node of a service, by its URI; the map changes with the configuration. */
export interface HostClients extends Refreshable<ReadonlyMap<string, ServiceClient>>, AsyncDisposable {
  /** Closes all clients. Idempotent. */
  close(): Promise<void>;
}

/** Opens the client of one node of a service. */
export type OpenHostClient = (uri: string, host: HostView) => Promise<ServiceClient>;

/** What a configuration says of one node, as if it were all of its service. */
export interface HostView {
  config(config: ServicesConfig): ServiceConfig | undefined;
  /** Its place among the nodes when the configuration was looked at last. */
  index(): number;
}

/** The clients of a service's nodes. One whose node stays goes on; one whose node goes is closed. */
export class FollowedHosts
  extends RefreshableSource<ReadonlyMap<string, ServiceClient>>
  implements HostClients, Reloadable
{
  readonly #name: string;
  readonly #open: OpenHostClient;
  readonly #onClose: (hosts: FollowedHosts) => void;
  #closing: Promise<void> | undefined;

  constructor(name: string, open: OpenHostClient, onClose: (hosts: FollowedHosts) => void) {
    super(new Map());
    this.#name = name;
    this.#open = open;
    this.#onClose = onClose;
  }

  async reload(config: ServicesConfig): Promise<void> {
    if (this.#closing) return;
    const uris = new Set(serviceConfig(config, this.#name)?.uris ?? []);
    const before = this.value;
    const opened = new Map<string, ServiceClient>();
    try {
      for (const uri of uris) {
        if (!before.has(uri)) opened.set(uri, await this.#open(uri, hostView(this.#name, uri)));
      }
    } catch (error) {
      closeAll(opened.values());
      throw error;
    }
    if (this.#closing) return closeAll(opened.values());
    const gone = [...before].filter(([uri]) => !uris.has(uri));
    if (gone.length === 0 && opened.size === 0) return;
    this.set(new Map([...uris].map((uri) => [uri, before.get(uri) ?? opened.get(uri)!])));
    closeAll(gone.map(([, client]) => client));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#onClose(this);
    await Promise.all([...this.value.values()].map((client) => client.close()));
  }
}

/** Lets clients go. Calls on them are finished. */
function closeAll(clients: Iterable<ServiceClient>): void {
  for (const client of clients) void client.close();
}

function hostView(name: string, uri: string): HostView {
  let index = 0;
  return {
    index: () => index,
    config(config) {
      const service = serviceConfig(config, name);
      const at = service?.uris.indexOf(uri) ?? -1;
      if (at < 0) return undefined;
      index = at;
      return { ...service!, uris: [uri] };
    },
  };
}
