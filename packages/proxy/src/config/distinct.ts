import type { z } from "zod";

/** A list in which no two items have the same `key`; one without a key is like no other. */
export function distinct<T extends z.ZodType>(
  items: z.ZodArray<T>,
  key: (item: z.output<T>) => string | undefined,
) {
  return items.superRefine((list, context) => {
    const seen = new Set<string>();
    for (const [index, item] of list.entries()) {
      const one = key(item);
      if (one === undefined) continue;
      if (seen.has(one))
        context.addIssue({ code: "custom", path: [index], message: `${one} is there twice` });
      seen.add(one);
    }
  });
}
