import { rm } from "node:fs/promises";
import type { Clock } from "../../base/clock.js";
import { formatListenAddress, type ListenAddress } from "../address.js";
import type { ControlPlace } from "../control/place.js";
import { bindHandle, boundAddress, socketName } from "../handles/bind.js";
import type { Duplicator } from "../handles/duplicate.js";
import type { Handle, HandleClasses } from "../handles/handle.js";
import type { BoundAddress } from "../options.js";
import { Door } from "./door.js";
import { Doors } from "./doors.js";
import { SharedEntrance } from "./entrance.js";
import { ForwardedEntrance } from "./forwarded.js";
import { ReusedEntrance } from "./reused.js";

/** What doors are made with. */
export interface DoorFrameParts {
  readonly place: ControlPlace;
  readonly classes: HandleClasses;
  readonly duplicator: Duplicator | undefined;
  readonly clock: Clock;
  /** Which addresses are meant where one does not say. */
  readonly family: 4 | 6 | undefined;
  /** Whether this process accepts itself. Without that there are handles, and no doors. */
  readonly accepts: boolean;
}

/** Every address of this process, with the handle that holds it and the door that opens it. */
export class DoorFrame {
  readonly doors = new Doors();
  readonly bound: BoundAddress[] = [];
  /** Where forwarded connections come in, one path for each door. */
  readonly forwardTo: string[] = [];
  readonly #parts: DoorFrameParts;
  readonly #claimed = new Set<Door>();
  #continues = false;

  constructor(parts: DoorFrameParts) {
    this.#parts = parts;
  }

  /** Binds an address. */
  async bind(asked: ListenAddress): Promise<Door | undefined> {
    return this.add(asked, await this.#bind(asked));
  }

  /** Binds an address that others listen on, too, or may. `address` says where, if that is known already. */
  async reuse(asked: ListenAddress, address = asked): Promise<Door> {
    const handle = await this.#bind(address, true);
    const own = boundAddress(handle, address);
    this.bound.push(this.#bound(asked, own, handle));
    const entrance = new ReusedEntrance(handle, () => this.#bind(own, true));
    const { classes, clock } = this.#parts;
    return this.#addDoor(new Door({ address: own, entrance, classes, name: socketName(handle), clock }));
  }

  /** Takes a handle that is bound already. */
  add(asked: ListenAddress, handle: Handle): Door | undefined {
    const address = boundAddress(handle, asked);
    this.bound.push(this.#bound(asked, address, handle));
    if (!this.#parts.accepts) return undefined;
    const name = address.kind === "tcp" ? socketName(handle) : undefined;
    const { classes, clock } = this.#parts;
    return this.#addDoor(new Door({ address, entrance: this.#shared(handle), classes, name, clock }));
  }

  /** Takes an address that another process holds, and forwards from. */
  addForwarded(address: ListenAddress): Door {
    const { place, clock, classes } = this.#parts;
    const path = place.scratch();
    this.forwardTo.push(path);
    const name =
      address.kind === "tcp"
        ? { address: address.host, port: address.port, family: address.host.includes(":") ? "IPv6" : "IPv4" }
        : undefined;
    const entrance = new ForwardedEntrance((create) => place.fileAt(path, create), clock);
    return this.#addDoor(new Door({ address, entrance, classes, name, clock }));
  }

  /** Addresses that were added and that nobody has claimed. */
  get unclaimed(): number {
    return this.doors.all.length - this.#claimed.size;
  }

  /** Whether somebody has claimed an address that was there. */
  get continues(): boolean {
    return this.#continues;
  }

  /** The door of `asked`: one that is there and nobody has, or a new one. */
  async claim(asked: ListenAddress): Promise<Door> {
    const text = formatListenAddress(asked);
    const index = this.bound.findIndex(
      (one, at) =>
        !this.#claimed.has(this.doors.all[at]!) &&
        [one.asked, one.address].some((address) => formatListenAddress(address) === text),
    );
    const door = this.doors.all[index] ?? (await this.bind(asked))!;
    this.#claimed.add(door);
    this.#continues ||= index >= 0;
    return door;
  }

  /** Closes what nobody has claimed. */
  dropUnclaimed(): void {
    for (const door of [...this.doors.all].filter((one) => !this.#claimed.has(one))) {
      this.bound.splice(this.doors.all.indexOf(door), 1);
      this.doors.remove(door);
      door.close();
    }
  }

  /** Holds the addresses itself, which whoever forwarded from them has left. */
  async rebind(): Promise<void> {
    this.forwardTo.splice(0);
    for (const door of this.doors.all) {
      const handle = await this.#bind(door.address);
      this.bound.push(this.#bound(door.address, door.address, handle));
      door.replaceEntrance(this.#shared(handle));
    }
  }

  /** Removes the files of unix sockets, which outlive those who listen. */
  async removeSockets(): Promise<void> {
    for (const { address } of this.bound)
      if (address.kind === "unix") await rm(address.path, { force: true });
  }

  /** Gives up everything that it has. */
  clear(): void {
    this.doors.clear();
    this.close();
    this.bound.splice(0);
    this.forwardTo.splice(0);
  }

  /** Closes handles that no door closes. */
  close(): void {
    if (!this.#parts.accepts) for (const { handle } of this.bound) handle.close();
  }

  #bind(address: ListenAddress, reusePort = false): Promise<Handle> {
    return bindHandle(address, { reusePort, family: this.#parts.family });
  }

  #bound(asked: ListenAddress, address: ListenAddress, handle: Handle): BoundAddress {
    const { duplicator } = this.#parts;
    return { asked, address, handle, copy: async () => (await duplicator?.duplicate(handle)) ?? handle };
  }

  #shared(handle: Handle): SharedEntrance {
    return new SharedEntrance(handle, this.#parts.duplicator);
  }

  #addDoor(door: Door): Door {
    this.doors.add(door);
    return door;
  }
}
