import type { Fault } from "../../shared/errors.ts";

/** Headers as `--header 'name: value'` changes them; without a value behind the colon, the header is removed. */
export function withHeaders(before: unknown, options: readonly string[], faults: Fault[]): Record<string, unknown> {
  const headers = new Map<string, unknown>();
  for (const [name, value] of Object.entries(isMap(before) ? before : {})) headers.set(name.toLowerCase(), value);
  for (const [index, option] of options.entries()) {
    const colon = option.indexOf(":");
    if (colon < 1) {
      // What was typed is not repeated: it may be the value.
      const which = options.length > 1 ? ` (--header number ${index + 1})` : "";
      faults.push({ path: "headers", problem: `takes 'name: value', with a colon behind the name${which}` });
      continue;
    }
    const name = option.slice(0, colon).trim().toLowerCase();
    const value = option.slice(colon + 1).trim();
    if (value === "-") {
      const problem = "takes no -: keep the value in AWS Secrets Manager and give its ARN";
      faults.push({ path: `headers.${name}`, problem });
    } else if (value !== "") {
      headers.set(name, value);
    } else if (!headers.delete(name)) {
      const there = [...headers.keys()].join(", ") || "none";
      faults.push({ path: `headers.${name}`, problem: `is not there to be removed; there is ${there}` });
    }
  }
  return Object.fromEntries(headers);
}

/** Faults with the names of headers as they were given, not in small letters. */
export function asGiven(faults: readonly Fault[], options: readonly string[]): Fault[] {
  const given = new Map(
    options.flatMap((option) => {
      const [name = "", ...value] = option.split(":");
      return value.length === 0 ? [] : [[`headers.${name.trim().toLowerCase()}`, `headers.${name.trim()}`]];
    }),
  );
  return faults.map((fault) => ({ ...fault, path: given.get(fault.path) ?? fault.path }));
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
