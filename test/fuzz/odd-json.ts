import type { Random } from "./random.ts";

const ODD_VALUES = [
  "null",
  "true",
  "0",
  "-0",
  "1e999",
  "-1e999",
  "1.5",
  "99999999999999999999999999",
  '"NaN"',
  '"Infinity"',
  '"-9223372036854775808"',
  '"\\ud800"',
  '"\\u0000"',
  '"__proto__"',
  '""',
  "[]",
  "{}",
  "[null]",
  '{"__proto__":{"a":1}}',
  '{"constructor":{"prototype":1}}',
  '{"@type":"x"}',
];
const ODD_KEYS = ["__proto__", "constructor", "toString", "", "unknown", "\\ud800", "serviceName", "targetTask"];
const MOST_DEPTH = 5_000;

/**
 * A value as JSON in which, at each place, something else may stand: another type, a number too large, a key twice, a
 * tower of lists.
 * @param odds of each place.
 */
export function oddJson(random: Random, value: unknown, odds: number): string {
  if (random.chance(odds)) return oddValue(random);
  if (Array.isArray(value)) return `[${value.map((item) => oddJson(random, item, odds)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const fields = Object.entries(value).map(([key, field]) => `${JSON.stringify(key)}:${oddJson(random, field, odds)}`);
  if (random.chance(odds) && fields.length > 0) fields.push(random.pick(fields));
  if (random.chance(odds)) fields.push(`"${random.pick(ODD_KEYS)}":${oddValue(random)}`);
  return `{${fields.join(",")}}`;
}

function oddValue(random: Random): string {
  if (random.chance(0.95)) return random.pick(ODD_VALUES);
  const depth = random.whole(1, MOST_DEPTH);
  const [open, close] = random.pick([
    ["[", "]"],
    ['{"a":', "}"],
  ] as const);
  return `${open.repeat(depth)}1${close.repeat(depth)}`;
}
