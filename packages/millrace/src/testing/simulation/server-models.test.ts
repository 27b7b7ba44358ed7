import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isMillraceError } from "../../base/errors.js";
import { seededRandom } from "../../base/random.js";
import {
  blackHole,
  byEndpoint,
  constantTime,
  failAbove,
  failShare,
  linearTime,
  phases,
  randomTime,
  rateLimited,
  type ServerModel,
} from "./server-models.js";

const quick = constantTime({ ms: 10 });

describe("constantTime", () => {
  it("takes the same time however many calls there are", () => {
    const ask = setup(constantTime({ ms: 10, status: 204 }));

    assert.deepEqual([ask({ active: 1 }), ask({ active: 99 })], ["204 in 10", "204 in 10"]);
  });
});

describe("randomTime", () => {
  it("takes any time between its bounds", () => {
    const handler = randomTime({ minMs: 10, maxMs: 20 })(seededRandom(1));
    const times = Array.from({ length: 1000 }, () => handler(call({})).afterMs);

    assert.ok(Math.min(...times) >= 10 && Math.max(...times) < 20);
    assert.ok(Math.abs(times.reduce((sum, ms) => sum + ms, 0) / 1000 - 15) < 0.3);
  });
});

describe("linearTime", () => {
  it("takes longer the more calls there are, and far longer above its capacity", () => {
    const ask = setup(linearTime({ bestMs: 60, capacity: 60 }));

    assert.deepEqual(
      [1, 30, 60, 61].map((active) => ask({ active })),
      ["200 in 61", "200 in 90", "200 in 120", "200 in 300"],
    );
  });
});

describe("blackHole", () => {
  it("never answers", () => {
    assert.equal(setup(blackHole())({}), "0 in Infinity");
  });
});

describe("failAbove", () => {
  it("fails calls while there are too many, as slowly as it answers unless told otherwise", () => {
    const ask = setup(failAbove({ active: 2 }, quick));
    const askAnother = setup(failAbove({ active: 2, status: 500, afterMs: 1 }, quick));

    assert.deepEqual([ask({ active: 2 }), ask({ active: 3 })], ["200 in 10", "503 in 10"]);
    assert.equal(askAnother({ active: 3 }), "500 in 1");
  });
});

describe("failShare", () => {
  it("fails its share of calls", () => {
    const ask = setup(failShare({ ratio: 0.1, afterMs: 1 }, quick));
    const failed = Array.from({ length: 5000 }, () => ask({})).filter((answer) => answer === "500 in 1");

    assert.ok(Math.abs(failed.length - 500) < 70, String(failed.length));
  });
});

describe("rateLimited", () => {
  it("refuses what comes too fast, after a burst", () => {
    const ask = setup(rateLimited({ perSecond: 10, burst: 2, afterMs: 0 }, quick));
    const answers = [0, 1, 2, 150, 160, 10_000, 10_000, 10_000].map((now) => ask({ now }));

    assert.equal(answers.map((answer) => answer.slice(0, 3)).join(), "200,200,429,200,429,200,200,429");
  });

  it("counts anew in each simulation", () => {
    const model = rateLimited({ perSecond: 1 }, quick);

    assert.deepEqual([setup(model)({}), setup(model)({})], ["200 in 10", "200 in 10"]);
  });
});

describe("byEndpoint", () => {
  it("has a model of its own for some endpoints", () => {
    const ask = setup(byEndpoint({ "/e1": constantTime({ ms: 0, status: 500 }) }, quick));

    assert.deepEqual([ask({ endpoint: "/e1" }), ask({ endpoint: "/e2" })], ["500 in 0", "200 in 10"]);
  });
});

describe("phases", () => {
  it("switches models when their time has come", () => {
    const ask = setup(
      phases([{ model: quick, untilMs: 100 }, { model: blackHole(), untilMs: 200 }, { model: quick }]),
    );

    assert.deepEqual(
      [0, 99, 100, 199, 200].map((now) => ask({ now })),
      ["200 in 10", "200 in 10", "0 in Infinity", "0 in Infinity", "200 in 10"],
    );
  });
});

describe("server models", () => {
  for (const [name, create] of Object.entries({
    "constantTime.ms": () => constantTime({ ms: -1 }),
    "randomTime.maxMs": () => randomTime({ minMs: 2, maxMs: 1 }),
    "linearTime.bestMs": () => linearTime({ bestMs: 0, capacity: 1 }),
    "linearTime.capacity": () => linearTime({ bestMs: 1, capacity: 0 }),
    "failAbove.active": () => failAbove({ active: -1 }, quick),
    "failShare.ratio": () => failShare({ ratio: 1.1 }, quick),
    "rateLimited.perSecond": () => rateLimited({ perSecond: 0 }, quick),
    "rateLimited.burst": () => rateLimited({ perSecond: 1, burst: 0 }, quick),
    "phases: expected a last one": () => phases([{ model: quick, untilMs: 1 }]),
    "phases: expected ends": () =>
      phases([{ model: quick, untilMs: 2 }, { model: quick, untilMs: 1 }, { model: quick }]),
  })) {
    it(`reject ${name}`, () => {
      assert.throws(
        create,
        (error) => isMillraceError(error, "invalid-options") && error.message.includes(name),
      );
    });
  }
});

interface Asked {
  readonly active?: number;
  readonly now?: number;
  readonly endpoint?: string;
}

function setup(model: ServerModel) {
  const handler = model(seededRandom(1));
  return (asked: Asked) => {
    const { status, afterMs } = handler(call(asked));
    return `${status} in ${afterMs}`;
  };
}

function call({ active = 1, now = 0, endpoint = "/" }: Asked) {
  return { request: { id: 0, client: 0, endpoint }, active, now };
}
