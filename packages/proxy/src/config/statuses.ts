import type { StatusRange } from "millrace/channel";
import { z } from "zod";

const error = 'expected statuses from 100 to 599 such as "200-299" or "200,204,300-399"';

/** Statuses and ranges of them: `200-299,304` outside, ranges inside. */
export function statuses(description: string) {
  return z
    .codec(z.union([z.string(), z.int()], { error }), z.array(z.tuple([z.number(), z.number()])), {
      decode: (given, context) => {
        const ranges = parseStatuses(String(given));
        if (ranges === undefined) context.issues.push({ code: "custom", message: error, input: given });
        return ranges ?? [];
      },
      encode: (ranges) => ranges.map(formatRange).join(","),
    })
    .meta({ description });
}

function parseStatuses(text: string): [number, number][] | undefined {
  const ranges = text.split(",").map((part): [number, number] => {
    const [, first = "", last = first] = /^(\d{3})(?:-(\d{3}))?$/.exec(part.trim()) ?? [];
    return [Number(first), Number(last)];
  });
  const valid = ranges.every(([first, last]) => first >= 100 && last <= 599 && first <= last);
  return valid ? ranges : undefined;
}

function formatRange([first, last]: StatusRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}
