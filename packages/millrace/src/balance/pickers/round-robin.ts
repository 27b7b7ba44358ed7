import type { Member } from "../member.js";
import type { Picker, PickTrace } from "./picker.js";
import { evenFrom } from "./weights.js";

/**
 * Takes the members in turn, passing over those that are not ready unless none is. One of weight 2 has
 * two turns for each of one of weight 1, spread evenly (smooth weighted round robin, as nginx does it).
 *
 * Knows nothing of load: for members that are all alike.
 */
export function roundRobin(): Picker {
  return new RoundRobin();
}

class RoundRobin implements Picker {
  #members: readonly Member[] = [];
  #evenFrom = -Infinity;
  #next = 0;
  /** How far each member is behind what is due to it, for members of unlike weight. */
  #due = new WeakMap<Member, number>();

  pick<M extends Member>(members: readonly M[], now: number, trace?: PickTrace): M {
    if (members !== this.#members) {
      this.#members = members;
      this.#evenFrom = evenFrom(members);
    }
    return now >= this.#evenFrom ? this.#inTurn(members, trace) : this.#mostDue(members, now, trace);
  }

  #inTurn<M extends Member>(members: readonly M[], trace: PickTrace | undefined): M {
    const start = this.#next % members.length;
    let index = start;
    while (!members[index]!.ready) {
      index = (index + 1) % members.length;
      if (index === start) break;
    }
    this.#next = index + 1;
    trace?.looked(members[index]!, 0);
    trace?.decided("the next in turn");
    return members[index]!;
  }

  #mostDue<M extends Member>(members: readonly M[], now: number, trace: PickTrace | undefined): M {
    const anyReady = members.some(({ ready }) => ready);
    let chosen = members[0]!;
    let most = -Infinity;
    let total = 0;
    for (const member of members) {
      if (anyReady && !member.ready) continue;
      const weight = member.weightAt(now);
      const due = (this.#due.get(member) ?? 0) + weight;
      this.#due.set(member, due);
      total += weight;
      trace?.looked(member, -due);
      if (due <= most) continue;
      chosen = member;
      most = due;
    }
    this.#due.set(chosen, most - total);
    trace?.decided("the one most is due to");
    return chosen;
  }
}
