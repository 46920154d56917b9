import { similarName } from "../../similar-name.ts";

/** Longest name that is compared with others, in characters: nobody mistypes a longer one. */
const MAX_COMPARED = 64;

/** `; did you mean checkers?`, or nothing where no known name is like it. */
export function suggestion(name: string, known: Iterable<string>): string {
  const meant = name.length > MAX_COMPARED ? undefined : similarName(name, known);
  return meant === undefined ? "" : `; did you mean ${meant}?`;
}
