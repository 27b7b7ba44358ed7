import { balance, bestOfFew } from "millrace/balance";
import { linearTime, poisson, simulate } from "millrace/testing";
import { median } from "../proxy/figures.mjs";
import { number } from "../proxy/table.mjs";

/** How long a million simulated requests take. */
export async function simulatorSpeed(
  /** @type {{ rounds: number, requests: number }} */ { rounds, requests },
) {
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    await simulate({
      servers: Object.fromEntries(
        "abcdefghij".split("").map((name) => [name, linearTime({ bestMs: 50, capacity: 60 })]),
      ),
      arrivals: poisson(5_000),
      requests,
      client: ({ members, clock, random }) => balance(members, { clock, picker: bestOfFew({ random }) }),
    });
    times.push((performance.now() - start) / 1_000);
  }
  const seconds = median(times);
  return {
    figures: { requests, seconds },
    table: {
      title: "The simulator",
      columns: ["", "seconds", "requests/s"],
      rows: [
        [
          `${number(requests)} requests, ten servers, one balancer`,
          number(seconds, 2),
          number(requests / seconds),
        ],
      ],
      notes: [],
    },
  };
}
