import type { Layer } from "../service.js";

/**
 * The layer given, or one that does nothing where there is none: for a policy that is switched on by an
 * option. Costs nothing when off. After tower's `option_layer`.
 */
export function optional<A>(layer: Layer<A> | undefined): Layer<A> {
  return layer ?? same;
}

function same<A>(service: A): A {
  return service;
}
