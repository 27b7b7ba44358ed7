import type { SimulationReport } from "./report.js";

/** How {@link svgPlot} draws. */
export interface SvgPlotOptions {
  /** Stands above the plot. @defaultValue none */
  readonly title?: string | undefined;
}

const width = 720;
const height = 300;
const plot = { left: 50, top: 34, right: 580, bottom: 260 };
const colours = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb", "#999933"];

/**
 * Draws which server got how many calls over time, one band on the other, as a whole SVG document. The
 * height is in calls per second.
 */
export function svgPlot(report: SimulationReport, options: SvgPlotOptions = {}): string {
  const stacks = stack(report);
  const most = Math.max(1e-9, ...stacks.map((levels) => Math.max(0, ...levels)));
  const count = stacks[0]?.length ?? 0;
  const x = (bucket: number) => plot.left + ((plot.right - plot.left) * bucket) / Math.max(1, count);
  const y = (level: number) => plot.bottom - ((plot.bottom - plot.top) * level) / most;

  const bands = report.servers.map(({ name }, index) => {
    const upper = outline(stacks[index]!, x, y);
    const lower = outline(index === 0 ? stacks[0]!.map(() => 0) : stacks[index - 1]!, x, y).reverse();
    const points = [...upper, ...lower].join(" ");
    return `<polygon fill="${colourOf(index)}" points="${points}"><title>${escaped(name)}</title></polygon>`;
  });
  const legend = report.servers
    .slice(0, mostNames)
    .flatMap(({ name, share }, index) => [
      `<rect x="596" y="${plot.top + 18 * index}" width="10" height="10" fill="${colourOf(index)}"/>`,
      text(612, plot.top + 9 + 18 * index, `${name} ${(share * 100).toFixed(1)} %`),
    ]);
  const rate = (most * 1000) / report.bucketMs;
  const seconds = (count * report.bucketMs) / 1000;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">`,
    `<rect width="${width}" height="${height}" fill="white"/>`,
    text(plot.left, 20, options.title ?? ""),
    ...bands,
    `<path d="M${plot.left} ${plot.top}V${plot.bottom}H${plot.right}" fill="none" stroke="black"/>`,
    text(4, plot.top + 4, `${rounded(rate)}/s`),
    text(4, plot.bottom, "0"),
    text(plot.left, plot.bottom + 16, "0 s"),
    text(plot.right - 30, plot.bottom + 16, `${rounded(seconds)} s`),
    text(plot.left, plot.bottom + 32, summary(report)),
    ...legend,
    "</svg>",
    "",
  ].join("\n");
}

// More do not fit beside the plot; bands have their names as tooltips.
const mostNames = 12;

/** For each server, the height of its upper edge in each bucket. */
function stack({ servers }: SimulationReport): readonly (readonly number[])[] {
  let below: readonly number[] = servers[0]?.receivedOverTime.map(() => 0) ?? [];
  return servers.map(({ receivedOverTime }) => {
    below = receivedOverTime.map((count, bucket) => count + below[bucket]!);
    return below;
  });
}

/** The corners of a line of steps. */
function outline(levels: readonly number[], x: (at: number) => number, y: (at: number) => number): string[] {
  return levels.flatMap((level, bucket) => [
    `${x(bucket).toFixed(1)},${y(level).toFixed(1)}`,
    `${x(bucket + 1).toFixed(1)},${y(level).toFixed(1)}`,
  ]);
}

function summary({ sent, successRatio, latency }: SimulationReport): string {
  const { mean, p99 } = latency;
  return `${sent} requests, ${(successRatio * 100).toFixed(2)} % well, mean ${mean.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
}

function text(x: number, y: number, content: string): string {
  return `<text x="${x}" y="${y}">${escaped(content)}</text>`;
}

function colourOf(index: number): string {
  return colours[index % colours.length]!;
}

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(2)));
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
