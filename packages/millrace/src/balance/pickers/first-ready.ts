import type { Member } from "../member.js";

/** The first ready one of `members`, from index `start` on and round; `undefined` when none is ready. */
export function firstReady<M extends Member>(members: readonly M[], start: number): M | undefined {
  for (let index = start; index < members.length; index += 1) {
    if (members[index]!.ready) return members[index];
  }
  for (let index = 0; index < start; index += 1) {
    if (members[index]!.ready) return members[index];
  }
  return undefined;
}
