import { type HandoffWay, type Hello, protocolVersion, type Refusal } from "./control/messages.js";

/** Why a successor is turned away, for processes and for people. */
export type Objection = readonly [code: Refusal, reason: string];

/** What a process has to hand over. */
export interface Offer {
  /** Ways by which it can. */
  readonly ways: readonly HandoffWay[];
  /** Where it listens, as its own options name it. */
  readonly addresses: readonly string[];
}

/** The best of the successor's ways that this process can go, too. */
export function wayFor(hello: Hello, ways: readonly HandoffWay[]): HandoffWay | undefined {
  return hello.ways.find((way) => ways.includes(way));
}

/** Two that speak different versions do not understand each other, whatever else fits. */
export function objectionToProtocol({ protocol }: Hello): Objection {
  return ["protocol", `it speaks version ${protocolVersion} of the protocol, not ${protocol}; stop it first`];
}

/** What does not fit between the two, whatever the moment. */
export function objectionTo(hello: Hello, { ways, addresses }: Offer): Objection | undefined {
  const way = wayFor(hello, ways);
  const mayDiffer = hello.addresses.length === 0 || (hello.addressesMayDiffer && way === "pass");
  if (!mayDiffer && [...hello.addresses].sort().join() !== [...addresses].sort().join()) {
    const reason = `it listens on ${addresses.join(", ")}, not on ${hello.addresses.join(", ")}`;
    return ["addresses", `${reason}; start with the same addresses, or under another name`];
  }
  return way ? undefined : ["way", `it hands over by ${ways.join(", ")}, not by ${hello.ways.join(", ")}`];
}
