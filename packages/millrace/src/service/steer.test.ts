import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MockService } from "../testing/mock-service.js";
import { settle } from "../testing/virtual-clock.js";
import { createContext } from "./context.js";
import { steer } from "./steer.js";

describe("steer", () => {
  it("T-steer correct pick: hands each request to the service that is picked", () => {
    const { services, service } = setup();
    void service.call("0 a", createContext());
    void service.call("1 b", createContext());

    assert.deepEqual(
      services.map(({ last }) => last.request),
      ["0 a", "1 b"],
    );
  });

  it("T-steer pending until all ready: is ready only when all services are", async () => {
    const { services, service } = setup();
    for (const each of services) each.allow(0);
    let settled = false;
    const waiting = service.whenReady().then(() => (settled = true));
    services[0]!.allow(1);
    await settle();
    assert.deepEqual([service.ready, settled], [false, false]);
    services[1]!.allow(1);

    await waiting;
    assert.equal(service.ready, true);
  });

  it("fails a call that is steered to no service, or whose picker throws", async () => {
    const { service } = setup();

    const message = "steered to service 7 of 2, counted from 0";
    await assert.rejects(service.call("7", createContext()), { code: "unavailable", unsent: true, message });
    await assert.rejects(service.call("", createContext()), /nothing to go by/);
  });

  it("is not ready for ever once a service never will be", async () => {
    const { services, service } = setup();
    services[1]!.break(new Error("gone"));

    await assert.rejects(service.whenReady(), /gone/);
  });
});

function setup() {
  const services = [new MockService<string, string>(), new MockService<string, string>()];
  const service = steer(services, (request) => {
    if (request === "") throw new Error("nothing to go by");
    return Number(request[0]);
  });
  return { services, service };
}
