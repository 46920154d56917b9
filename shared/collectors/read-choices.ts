/**
 * Reads a list or string set of some of the choices, which anybody may have typed; each comes once, in their order.
 * @returns undefined if it holds nothing, or anything else.
 */
export function readChoices<T extends string>(value: unknown, choices: readonly T[]): T[] | undefined {
  const asked: unknown = value instanceof Set ? [...value] : value;
  if (!Array.isArray(asked) || asked.length === 0) return undefined;
  const known: readonly unknown[] = choices;
  if (!asked.every((choice) => known.includes(choice))) return undefined;
  return choices.filter((choice) => asked.includes(choice));
}
