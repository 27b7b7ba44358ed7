import { closedError } from "../base/errors.js";
import { invalidOption, requireFunctions } from "../base/options.js";
import { Sweeper } from "../base/sweeper.js";
import { createRefreshable, type Refreshable } from "../config/refreshable/refreshable.js";
import { faults } from "../service/fault.js";
import { type ServiceConfig, type ServicesConfig, serviceConfig } from "./config/services-config.js";
import { guarded } from "./guarded.js";
import { FollowedHosts, type HostClients, type OpenHostClient } from "./live/host-clients.js";
import { LiveService } from "./live/live-service.js";
import { PolicyKeys } from "./live/policy-keys.js";
import { Reload } from "./live/reload.js";
import { type SharedService, SharedServices } from "./live/shared-services.js";
import { type ClientOptions, type ClientSettings, clientSettings } from "./options.js";
import { createServiceClient, type ServiceClient } from "./service-client.js";
import { SecurityFiles } from "./transport/security-files.js";

/** What a factory makes clients with. */
export interface ClientFactoryOptions extends ClientOptions {
  /**
   * Told why a changed configuration, or a changed file it names, cannot be used; what was before stays in
   * force. What it throws is a fault.
   * @defaultValue told as a fault, on the topic `millrace.fault`
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** Makes clients of the services that a configuration names, and keeps them to it when it changes. */
export interface ClientFactory extends AsyncDisposable {
  /**
   * Opens a client of a service. Clients of one service with the same policies share connections and limits.
   * A service that the configuration does not name, or names no more, makes calls fail, not this.
   *
   * `options` replace the policies of the factory.
   *
   * @throws MillraceError `invalid-options` when an option is out of its range, or what the configuration says
   * of the service cannot be used
   */
  openClient(name: string, options?: Partial<ClientOptions>): Promise<ServiceClient>;
  /**
   * Opens a client for each node of a service, for callers that choose the node themselves. Those whose node
   * stays in the configuration go on.
   *
   * @throws MillraceError `invalid-options` as {@link openClient} does
   */
  openHostClients(name: string, options?: Partial<ClientOptions>): Promise<HostClients>;
  /** Settles when all clients go by the configuration as it is now, or have refused to. Never rejects. */
  applied(): Promise<void>;
  /** Closes all clients: none takes more calls, those under way finish. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens a factory that follows `config`. When that changes, each client swaps to the new settings in one
 * step, while calls under way end as they began; what is known of nodes that stay is kept.
 *
 * @throws MillraceError `invalid-options` when an option is out of its range
 */
export function openClientFactory(
  config: ServicesConfig | Refreshable<ServicesConfig>,
  options: ClientFactoryOptions,
): ClientFactory {
  requireConfig(config);
  if (typeof options !== "object") throw invalidOption("client", "options with a userAgent", options);
  if (options.onError) requireFunctions("client", options, "onError");
  const followed = "subscribe" in config ? config : createRefreshable(config);
  return new FollowingFactory(followed, options);
}

/** What the compiler sees to, but for programs without types. */
function requireConfig(config: ServicesConfig | Refreshable<ServicesConfig> | undefined): void {
  const isObject = typeof config === "object" && config !== null;
  if (isObject && "then" in config)
    throw invalidOption("config", expectedConfig, "a promise of one, which is to be awaited");
  const value = isObject && "subscribe" in config ? config.value : config;
  if (isObject && typeof (value as Partial<ServicesConfig> | undefined)?.services === "object") return;
  throw invalidOption("config", expectedConfig, isObject ? "an object without services" : config);
}

const expectedConfig = "a configuration of services, or a file of them that was opened";

/** What of a configuration a client goes by. */
interface View {
  readonly key: string;
  readonly configOf: (config: ServicesConfig) => ServiceConfig | undefined;
  readonly hostIndex?: () => number;
}

type Opened = Omit<SharedService, "key" | "users">;

class FollowingFactory implements ClientFactory {
  readonly #config: Refreshable<ServicesConfig>;
  readonly #options: ClientFactoryOptions;
  readonly #settings: ClientSettings;
  readonly #services = new SharedServices();
  readonly #hosts = new Set<FollowedHosts>();
  readonly #keys = new PolicyKeys();
  readonly #sweeper: Sweeper;
  readonly #security: SecurityFiles;
  readonly #reload: Reload;
  #closing: Promise<void> | undefined;

  constructor(config: Refreshable<ServicesConfig>, options: ClientFactoryOptions) {
    this.#config = config;
    this.#options = options;
    this.#settings = clientSettings(options);
    const { clock } = this.#settings;
    this.#sweeper = new Sweeper({ clock });
    const onError = (error: unknown) => this.#report(error);
    this.#security = new SecurityFiles(clock, onError);
    const targets = () => [...this.#services.all, ...this.#hosts];
    this.#reload = new Reload(config, { targets, clock, onError });
  }

  openClient(name: string, options: Partial<ClientOptions> = {}): Promise<ServiceClient> {
    return this.#client(name, options, { key: "", configOf: (config) => serviceConfig(config, name) });
  }

  async openHostClients(name: string, options: Partial<ClientOptions> = {}): Promise<HostClients> {
    const open: OpenHostClient = (uri, { config: configOf, index: hostIndex }) => {
      return this.#client(name, options, { key: uri, configOf, hostIndex });
    };
    const hosts = new FollowedHosts(name, open, () => this.#hosts.delete(hosts));
    await hosts.reload(this.#config.value);
    this.#hosts.add(hosts);
    // It may have changed while clients were opened.
    await hosts.reload(this.#config.value);
    return hosts;
  }

  applied(): Promise<void> {
    return this.#reload.settled();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #client(name: string, options: Partial<ClientOptions>, view: View): Promise<ServiceClient> {
    if (this.#closing) throw closedError("the client factory");
    const settings = clientSettings({ ...this.#options, ...options });
    const key = this.#keys.of([name, view.key], options);
    const shared = this.#services.use(key, () => this.#open(name, settings, view));
    const release = once(() => this.#services.leave(shared));
    try {
      await shared.opened;
    } catch (error) {
      await release();
      throw error;
    }
    return createServiceClient({ name, settings, inner: shared.live, release });
  }

  #open(name: string, settings: ClientSettings, { configOf, hostIndex }: View): Opened {
    const live = new LiveService({
      ...{ name, settings, hostIndex },
      sweeper: this.#sweeper,
      security: this.#security,
    });
    const opened = live.apply(configOf(this.#config.value));
    const reload = async (config: ServicesConfig) => {
      // Whoever wanted to open it hears why that failed.
      const isOpen = await opened.then(
        () => true,
        () => false,
      );
      if (isOpen) await live.apply(configOf(config));
    };
    return { live, opened, reload, swapping: () => live.swapping };
  }

  async #close(): Promise<void> {
    this.#reload[Symbol.dispose]();
    this.#hosts.clear();
    await this.#services.close();
    await this.#security[Symbol.asyncDispose]();
    this.#sweeper[Symbol.dispose]();
  }

  #report(error: unknown): void {
    const { onError } = this.#options;
    if (!onError) {
      faults.publish({ where: "client.configuration", error });
      return;
    }
    guarded("client.onError", () => onError(error));
  }
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
