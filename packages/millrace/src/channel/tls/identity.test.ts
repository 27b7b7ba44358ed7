import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import type { PeerCertificate } from "node:tls";
import { isMillraceError } from "../../base/errors.js";
import { authority, serverOne, spiffeServer, spiffeTwice } from "./certificates.test.fixture.js";
import { peerIdentity } from "./identity.js";

describe("peerIdentity", () => {
  it("expects who was dialed when nobody is named, and asks for them by name", () => {
    const identity = peerIdentity(undefined);

    assert.deepEqual(
      ["a.test.", "10.0.0.1", "::1", undefined].map((dialed) => identity.serverName(dialed)),
      ["a.test", undefined, undefined, undefined],
    );
    assert.equal(identity.verify("127.0.0.1", certificate(serverOne)), undefined);
    assert.ok(identity.verify("10.0.0.1", certificate(serverOne)));
    assert.ok(identity.verify(undefined, certificate(serverOne)));
  });

  it("expects a name wherever it dials, written as a host or an https URL", () => {
    for (const name of ["one.test", "one.test.", "ONE.test", "https://one.test", "https://one.test:8443/x"]) {
      const identity = peerIdentity(name);

      assert.equal(identity.serverName("10.0.0.1"), "one.test", name);
      assert.equal(identity.verify("10.0.0.1", certificate(serverOne)), undefined);
    }
    assert.ok(peerIdentity("two.test").verify("one.test", certificate(serverOne)));
  });

  it("expects an address without asking for it", () => {
    for (const name of ["127.0.0.1", "https://127.0.0.1"]) {
      const identity = peerIdentity(name);

      assert.equal(identity.serverName("one.test"), undefined);
      assert.equal(identity.verify("10.0.0.1", certificate(serverOne)), undefined);
    }
    assert.ok(peerIdentity("[::1]").verify("127.0.0.1", certificate(serverOne)));
  });

  it("expects the address dialed, and asks for nobody, for the placeholder _", () => {
    for (const name of ["_", "https://_"]) {
      const identity = peerIdentity(name);

      assert.deepEqual([identity.serverName("one.test"), identity.needsDialed], [undefined, true]);
      assert.equal(identity.verify("127.0.0.1", certificate(serverOne)), undefined);
      assert.ok(identity.verify("10.0.0.1", certificate(serverOne)));
    }
  });

  it("expects exactly the SPIFFE identity, alone, and of no authority", () => {
    const identity = peerIdentity("spiffe://mill.test/backend");
    assert.equal(identity.serverName("one.test"), undefined);
    assert.equal(identity.verify(undefined, certificate(spiffeServer)), undefined);
    const others = [certificate(spiffeTwice), certificate(serverOne), certificate(authority)];
    for (const other of others)
      assert.match(identity.verify(undefined, other)!.message, /is not for spiffe:/);
    for (const other of ["spiffe://mill.test/back", "spiffe://mill.test", "spiffe://other.test/backend"]) {
      assert.ok(peerIdentity(other).verify(undefined, certificate(spiffeServer)), other);
    }

    assert.ok(identity.verify(undefined, { ...certificate(spiffeServer), ca: true }));
  });

  it("is not led astray by names that look like the end of another", () => {
    const identity = peerIdentity("spiffe://mill.test/backend");
    const forged = [
      'DNS:"a, URI:spiffe://mill.test/backend"',
      'email:"x\\", URI:spiffe://mill.test/backend"',
    ];

    for (const subjectaltname of forged) {
      assert.ok(identity.verify(undefined, { ...certificate(serverOne), subjectaltname }), subjectaltname);
    }
    const quoted = 'DNS:"a, b", URI:spiffe://mill.test/backend';
    assert.equal(
      identity.verify(undefined, { ...certificate(serverOne), subjectaltname: quoted }),
      undefined,
    );
  });

  it("leaves the judgement to verifyPeer where there is one", () => {
    const refusal = new Error("not today");
    const identity = peerIdentity("one.test", (peer) => (peer.serialNumber ? refusal : undefined));

    assert.equal(identity.verify("10.0.0.1", certificate(serverOne)), refusal);
    assert.deepEqual([identity.serverName("x"), identity.needsDialed], ["one.test", false]);
  });

  it("rejects what is no identity", () => {
    for (const name of [
      "",
      "a b",
      "http://a.test",
      "a.test/x",
      "spiffe://",
      "spiffe://A.test/x",
      "spiffe://a.test/x?y",
      "a..b",
    ]) {
      assert.throws(
        () => peerIdentity(name),
        (error) => isMillraceError(error, "invalid-options"),
        name,
      );
    }
  });
});

function certificate(pem: string): PeerCertificate {
  return new X509Certificate(pem).toLegacyObject() as PeerCertificate;
}
