import { requireFunction } from "../base/options.js";
import type { Layer } from "./service.js";

/** A layer of any types. */
type AnyLayer = (inner: never) => unknown;

/** What the innermost of `L` takes. */
type Taken<L> = L extends readonly [...unknown[], (inner: infer In) => unknown] ? In : never;

/** What the outermost of `L` gives. */
type Given<L> = L extends readonly [(inner: never) => infer Out, ...unknown[]] ? Out : never;

/** `L`, but each layer takes what the next one gives. */
type Chained<L extends readonly unknown[]> = L extends readonly [
  infer A,
  ...infer Rest extends [unknown, ...unknown[]],
]
  ? [Layer<Given<Rest>, Given<[A]>>, ...Chained<Rest>]
  : L;

/** Composes no layers: gives the service back as it is. */
export function stack<A>(): Layer<A>;
/**
 * Composes layers, the outermost first: `stack(a, b, c)(service)` is `a(b(c(service)))`, so that `a`
 * sees a request first and its response last.
 *
 * Types flow through: a layer whose inner type is not what the next one gives does not compile.
 */
export function stack<A, B>(a: Layer<A, B>): Layer<A, B>;
/** Composes two layers, the outermost first. */
export function stack<A, B, C>(b: Layer<B, C>, a: Layer<A, B>): Layer<A, C>;
/** Composes three layers, the outermost first. */
export function stack<A, B, C, D>(c: Layer<C, D>, b: Layer<B, C>, a: Layer<A, B>): Layer<A, D>;
/** Composes four layers, the outermost first. */
export function stack<A, B, C, D, E>(
  d: Layer<D, E>,
  c: Layer<C, D>,
  b: Layer<B, C>,
  a: Layer<A, B>,
): Layer<A, E>;
/** Composes five layers, the outermost first. */
export function stack<A, B, C, D, E, F>(
  e: Layer<E, F>,
  d: Layer<D, E>,
  c: Layer<C, D>,
  b: Layer<B, C>,
  a: Layer<A, B>,
): Layer<A, F>;
/** Composes six layers, the outermost first. */
export function stack<A, B, C, D, E, F, G>(
  f: Layer<F, G>,
  e: Layer<E, F>,
  d: Layer<D, E>,
  c: Layer<C, D>,
  b: Layer<B, C>,
  a: Layer<A, B>,
): Layer<A, G>;
/** Composes seven layers, the outermost first. */
export function stack<A, B, C, D, E, F, G, H>(
  g: Layer<G, H>,
  f: Layer<F, G>,
  e: Layer<E, F>,
  d: Layer<D, E>,
  c: Layer<C, D>,
  b: Layer<B, C>,
  a: Layer<A, B>,
): Layer<A, H>;
/** Composes eight layers, the outermost first. */
export function stack<A, B, C, D, E, F, G, H, I>(
  h: Layer<H, I>,
  g: Layer<G, H>,
  f: Layer<F, G>,
  e: Layer<E, F>,
  d: Layer<D, E>,
  c: Layer<C, D>,
  b: Layer<B, C>,
  a: Layer<A, B>,
): Layer<A, I>;
/** Composes any number of layers that leave the type alone. */
export function stack<A>(...layers: readonly Layer<A>[]): Layer<A>;
/** Composes any number of layers, the outermost first, each of which takes what the next one gives. */
export function stack<const L extends readonly AnyLayer[]>(
  ...layers: L extends Chained<L> ? L : Chained<L>
): Layer<Taken<L>, Given<L>>;
/** What all of them come to. */
export function stack(...layers: readonly Layer<unknown>[]): Layer<unknown> {
  for (const [at, layer] of layers.entries()) requireFunction(`stack[${at}]`, layer);
  return (service) => layers.reduceRight((inner, layer) => layer(inner), service);
}
