import { createSocket, type RemoteInfo } from "node:dgram";
import { once } from "node:events";

/** What a server has about a name: `10.0.0.1`, `fd00::1`, or `[priority, weight, port, "a.test"]`. */
export type RecordData = string | readonly [priority: number, weight: number, port: number, name: string];

/** How one question is answered. */
export type DnsReply =
  | { readonly ttl: number; readonly data: readonly RecordData[] }
  | { readonly rcode: number }
  /** Bytes in place of an answer; made from a proper one that says there is nothing. */
  | { readonly bytes: (proper: Buffer) => Buffer }
  | "silence";

const types: Readonly<Record<number, string>> = { 1: "A", 28: "AAAA", 33: "SRV" };

/** A DNS server on a port of 127.0.0.1, that answers over UDP what it has been told. */
export class DnsServer implements AsyncDisposable {
  readonly asked: string[] = [];
  readonly #replies = new Map<string, DnsReply>();
  readonly #socket = createSocket("udp4");

  static async open(): Promise<DnsServer> {
    const server = new DnsServer();
    server.#socket.on("message", (message, peer) => server.#hear(message, peer));
    server.#socket.bind(0, "127.0.0.1");
    await once(server.#socket, "listening");
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  /** From now on, `A a.test` and its like are answered so; all else does not exist. */
  say(question: string, reply: DnsReply): void {
    this.#replies.set(question, reply);
  }

  /** Whether questions for addresses of `name` have answers, of whatever kind but silence and garbage. */
  answers(name: string): boolean {
    const reply = this.#replies.get(`A ${name}`);
    return reply === undefined || (reply !== "silence" && !("bytes" in reply));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  #hear(message: Buffer, peer: RemoteInfo): void {
    const { question, end } = readQuestion(message);
    this.asked.push(question);
    const reply = this.#replies.get(question) ?? { rcode: 3 };
    if (reply === "silence") return;
    this.#socket.send(encode(message.subarray(0, end), reply), peer.port, peer.address);
  }
}

function readQuestion(message: Buffer): { question: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at]!; length > 0; length = message[at]!) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  const type = message.readUInt16BE(at + 1);
  return { question: `${types[type] ?? type} ${labels.join(".").toLowerCase()}`, end: at + 5 };
}

function encode(asked: Buffer, reply: Exclude<DnsReply, "silence">): Buffer {
  const head = Buffer.from(asked);
  const rcode = "rcode" in reply ? reply.rcode : 0;
  const data = "data" in reply ? reply.data : [];
  head.writeUInt16BE(0x8180 | rcode, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(data.length, 6);
  head.writeUInt32BE(0, 8);
  if ("bytes" in reply) return reply.bytes(head);
  const ttl = "ttl" in reply ? reply.ttl : 0;
  return Buffer.concat([head, ...data.map((item) => encodeRecord(item, ttl))]);
}

function encodeRecord(item: RecordData, ttl: number): Buffer {
  const [type, content] = encodeData(item);
  const head = Buffer.alloc(12);
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(type, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(ttl, 6);
  head.writeUInt16BE(content.length, 10);
  return Buffer.concat([head, content]);
}

function encodeData(item: RecordData): readonly [type: number, content: Buffer] {
  if (typeof item !== "string") {
    const [priority, weight, port, name] = item;
    const numbers = Buffer.alloc(6);
    numbers.writeUInt16BE(priority, 0);
    numbers.writeUInt16BE(weight, 2);
    numbers.writeUInt16BE(port, 4);
    const labels = name.split(".").flatMap((label) => [Buffer.from([label.length]), Buffer.from(label)]);
    return [33, Buffer.concat([numbers, ...labels, Buffer.from([0])])];
  }
  if (!item.includes(":")) return [1, Buffer.from(item.split(".").map(Number))];
  const [before = "", after = ""] = item.split("::");
  const groups = (text: string) => text.split(":").filter(Boolean);
  const zeros = Array<string>(8 - groups(before).length - groups(after).length).fill("0");
  const words = [...groups(before), ...zeros, ...groups(after)].map((group) => Number.parseInt(group, 16));
  return [28, Buffer.from(words.flatMap((word) => [word >> 8, word & 255]))];
}
