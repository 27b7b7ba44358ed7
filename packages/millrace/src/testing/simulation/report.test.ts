import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { balance } from "../../balance/balance.js";
import { roundRobin } from "../../balance/pickers/round-robin.js";
import { everyMs } from "./arrivals.js";
import { blackHole, constantTime } from "./server-models.js";
import { simulate } from "./simulate.js";
import { svgPlot } from "./svg-plot.js";
import { textReport } from "./text-report.js";

describe("textReport", () => {
  it("lays out a line for each report and each server", async () => {
    const report = await simulated();

    assert.equal(
      textReport({ "in turn": report }),
      `
         sent  success  mean ms   p50   p90   p99  p99.9   max  responses  server s
in turn   100  50.00 %     10.0  10.0  10.0  10.0   10.0  10.0         75       0.6

         server  received    share  responses  server s
in turn       a        50  50.00 %         50       0.5
         <slow>        25  25.00 %         25       0.1
            "b"        25  25.00 %          0       0.0

in turn: status 503 25, unanswered 25
`.slice(1),
    );
  });
});

describe("svgPlot", () => {
  it("draws a band for each server, with names that cannot break out", async () => {
    const svg = svgPlot(await simulated(), { title: "a & b" });

    assert.equal(svg.match(/<polygon /g)?.length, 3);
    assert.match(svg, /a &amp; b/);
    assert.match(svg, /<title>&lt;slow><\/title>/);
    assert.ok(!svg.includes("NaN"));
    assert.ok(svg.length < 20_000, String(svg.length));
  });

  it("draws an empty plot when nothing was sent", async () => {
    const report = await simulated();
    const servers = report.servers.map((server) => ({ ...server, receivedOverTime: [] }));

    assert.ok(!svgPlot({ ...report, servers }).includes("NaN"));
  });
});

function simulated() {
  return simulate({
    servers: {
      a: constantTime({ ms: 10 }),
      "<slow>": constantTime({ ms: 5, status: 503 }),
      '"b"': blackHole(),
    },
    arrivals: everyMs(10),
    requests: 100,
    client: ({ members, clock }) => {
      members.update("a", { weight: 2 });
      return balance(members, { clock, picker: roundRobin(), outlier: false });
    },
  });
}
