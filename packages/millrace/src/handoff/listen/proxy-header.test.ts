import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readProxyHeader, writeProxyHeader } from "./proxy-header.js";

const port = fc.integer({ min: 0, max: 65_535 });
const group = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }));
/** As the system writes it. */
const ipv6 = fc
  .array(group, { minLength: 8, maxLength: 8 })
  .map((groups) =>
    new URL(`http://[${groups.map((one) => one.toString(16)).join(":")}]/`).hostname.slice(1, -1),
  )
  .filter((text) => !text.startsWith("::ffff:"));
const ends = fc
  .constantFrom(fc.ipV4(), ipv6)
  .chain((address) =>
    fc.record(
      { remoteAddress: address, localAddress: address, remotePort: port, localPort: port },
      { noNullPrototype: true },
    ),
  );

describe("the PROXY header", () => {
  it("says what it was told, wherever it is cut", () => {
    fc.assert(
      fc.property(ends, fc.nat(), (told, cut) => {
        const header = writeProxyHeader(told);
        const after = Buffer.concat([header, Buffer.from("GET /")]);

        assert.equal(readProxyHeader(header.subarray(0, cut % header.length)), undefined);
        assert.deepEqual(readProxyHeader(after), { ends: told, length: header.length });
      }),
    );
  });

  it("keeps an IPv4 client of an IPv6 listener as the system writes it", () => {
    const told = { remoteAddress: "::ffff:10.1.2.3", localAddress: "::1", remotePort: 5, localPort: 80 };

    assert.deepEqual(readProxyHeader(writeProxyHeader(told)), { ends: told, length: 52 });
  });

  it("can say that a connection has no addresses", () => {
    assert.deepEqual(readProxyHeader(writeProxyHeader(undefined)), { ends: undefined, length: 16 });
  });

  it("steps over fields that it does not know, and refuses what is no header", () => {
    const header = writeProxyHeader({
      remoteAddress: "1.2.3.4",
      localAddress: "5.6.7.8",
      remotePort: 1,
      localPort: 2,
    });
    const longer = Buffer.concat([header, Buffer.from([0x04, 0, 1, 9])]);
    longer.writeUInt16BE(12 + 4, 14);
    assert.equal((readProxyHeader(longer) as { length: number }).length, 32);

    for (const bytes of [
      "GET / HTTP/1.1\r\n",
      "\r\n\r\n\0\r\nQUIT\n\x11\x11\0\0",
      "\r\n\r\n\0\r\nQUIT\n\x21\x11\xff\xff",
    ])
      assert.equal(readProxyHeader(Buffer.from(bytes, "latin1")), "invalid");
  });
});
