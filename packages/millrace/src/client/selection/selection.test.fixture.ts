import { seededRandom } from "../../base/random.js";
import { createContext } from "../../service/context.js";
import { MockMembers } from "../../testing/mock-members.js";
import { VirtualClock } from "../../testing/virtual-clock.js";
import type { SelectNodeOptions } from "./options.js";
import { selectNode } from "./select-node.js";

/** What mock nodes answer. */
export interface Answer {
  readonly status: number;
  readonly strategy?: string;
}

/** A good answer. */
export const ok: Answer = { status: 200 };

/** A node selection over mock nodes under `keys`, in virtual time. */
export function selectionOf(
  keys: readonly string[],
  options: Partial<SelectNodeOptions<string, string, Answer>> = {},
) {
  const clock = new VirtualClock();
  const members = new MockMembers<string, Answer>(keys);
  const selection = selectNode<string, string, Answer>(members.set, {
    endpointOf: (request) => request,
    random: seededRandom(1),
    clock,
    ...options,
  });
  const call = (endpoint = "/", context = createContext()) => selection.call(endpoint, context);
  return { clock, members, selection, call };
}
