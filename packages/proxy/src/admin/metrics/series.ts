import { Counter, Gauge, type Registry } from "prom-client";

/** What tells one series of a metric from another. */
export type Labels = Readonly<Record<string, string | number>>;

/** Measured values of one metric, each with its labels. */
export type Values = readonly (readonly [labels: Labels, value: number])[];

/** Tells values that go up and down. */
export function gauge(registry: Registry, name: string, help: string, values: Values): void {
  if (values.length === 0) return;
  const metric = new Gauge({ name, help, labelNames: labelNames(values), registers: [registry] });
  for (const [labels, value] of values) metric.set({ ...labels }, value);
}

/** Tells values that only go up. */
export function counter(registry: Registry, name: string, help: string, values: Values): void {
  if (values.length === 0) return;
  const metric = new Counter({ name, help, labelNames: labelNames(values), registers: [registry] });
  for (const [labels, value] of values) metric.inc({ ...labels }, value);
}

function labelNames([first]: Values): string[] {
  return Object.keys(first?.[0] ?? {});
}
