import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Sweeper } from "millrace/base";
import { VirtualClock } from "millrace/testing";
import type { BalanceSettings } from "../config/settings.js";
import { createBalancer } from "./balancer.js";
import { Origins } from "./origins.js";
import { record, settingsWith, startOrigin, startWorker } from "./worker.test.fixture.js";

const users = Array.from({ length: 12 }, (_, index) => `user-${index}`);

describe("createBalancer", () => {
  it("gives each worker its part of the servers, all of them together all", () => {
    const known = [0, 1, 2].map((place) => keysOf(place, { subset: 2 }));
    assert.deepEqual(
      known.map(({ length }) => length),
      [2, 2, 2],
    );

    assert.deepEqual(new Set(known.flat()).size, 6);
    assert.deepEqual(keysOf(1, { subset: 2 }), keysOf(0, { subset: 2, subsetOffset: 1 }));
  });

  it("eases in a server that comes later", async () => {
    const { clock, origins, balancer } = setup(0, { slowStartMs: 10_000 }, 2);
    origins.put(record("http://new.test"));
    // Chance names which of those that have no calls yet are looked at.
    const scores = () => {
      const looked = Array.from({ length: 100 }, () => balancer.explain().looked).flat();
      return new Set(looked.map(({ score }) => score));
    };
    assert.deepEqual([...scores()].sort(), [30, 300]);
    await clock.advance(10_000);

    assert.equal(scores().size, 1);
  });
});

describe("Worker", () => {
  it("sends requests of one header value to one server, whichever worker it is", async () => {
    const policy = { balance: { policy: "consistent-hash", hashBy: "header:x-user" } } as const;
    await using origins = await threeOrigins();
    await using one = await startWorker(origins.records, policy);
    await using other = await startWorker(origins.records, policy);
    const ask = async (worker: typeof one) =>
      Promise.all(users.map(async (user) => (await worker.get("/", { headers: { "X-User": user } })).text));
    const answers = await ask(one);

    assert.deepEqual(await ask(one), answers);
    assert.deepEqual(await ask(other), answers);
    assert.ok(new Set(answers).size > 1, answers.join());
  });

  it("keeps the requests of one cookie where the first went, while that server is there", async () => {
    await using origins = await threeOrigins();
    await using worker = await startWorker(origins.records, {
      balance: { policy: "sticky", hashBy: "cookie:sid" },
    });
    const ask = async () => (await worker.get("/", { headers: { Cookie: "sid=7" } })).text;
    const first = await ask();
    for (let count = 0; count < 10; count += 1) assert.equal(await ask(), first);
    await worker.change({ type: "remove", id: origins.idOf(first) });
    const second = await ask();

    assert.notEqual(second, first);
    assert.equal(await ask(), second);
  });

  it("stays with one server until it fails", async () => {
    await using origins = await threeOrigins();
    await using worker = await startWorker(origins.records, { balance: { policy: "pin-until-error" } });
    const ask = async (path = "/") => (await worker.get(path)).text;
    const first = await ask();
    for (let count = 0; count < 10; count += 1) assert.equal(await ask(), first);
    assert.equal(await ask("/fail"), first);

    assert.notEqual(await ask(), first);
  });

  it("changes what it goes by while it runs", async () => {
    await using origins = await threeOrigins();
    await using worker = await startWorker(origins.records, { balance: { policy: "round-robin" } });
    await worker.settings({ balance: { policy: "consistent-hash", hashBy: "path" } });
    const answers = [];
    for (let count = 0; count < 6; count += 1) answers.push((await worker.get("/a")).text);

    assert.equal(new Set(answers).size, 1);
  });
});

type Balance = Partial<BalanceSettings>;

function setup(place: number, balance: Balance, count = 6) {
  const clock = new VirtualClock();
  const settings = settingsWith({ balance });
  const origins = new Origins({ settings, clock, sweeper: new Sweeper({ clock }) });
  for (let number = 0; number < count; number += 1) origins.put(record(`http://${number}.test`));
  const balancer = createBalancer(origins.members, settings, { clock, place, onEject: () => {} });
  return { clock, origins, balancer };
}

function keysOf(place: number, balance: Balance): string[] {
  return setup(place, balance)
    .balancer.snapshot()
    .members.map(({ key }) => key.id);
}

/** Three origins that answer with their names, and fail when asked to. */
async function threeOrigins() {
  const started = await Promise.all(
    ["a", "b", "c"].map((name) =>
      startOrigin((request, response) => {
        response.statusCode = request.url === "/fail" ? 500 : 200;
        response.end(name);
      }),
    ),
  );
  return {
    records: started.map(({ url }) => record(url)),
    idOf: (name: string) => started["abc".indexOf(name)]!.url,
    async [Symbol.asyncDispose]() {
      for (const origin of started) await origin[Symbol.asyncDispose]();
    },
  };
}
