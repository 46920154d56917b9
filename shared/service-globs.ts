import { isMatch } from "matcher";

export const MAX_GLOBS = 100;
const MAX_GLOB = 2_048;

/**
 * Reads a list or string set of globs over service names, which anybody may have typed.
 * @returns undefined if it holds none, too many, or anything else.
 */
export function readServiceGlobs(value: unknown): string[] | undefined {
  const globs: unknown = value instanceof Set ? [...value] : value;
  if (!Array.isArray(globs) || globs.length === 0 || globs.length > MAX_GLOBS) return undefined;
  return globs.every(isGlob) ? globs : undefined;
}

/** Whether the globs name the service: `*` is any run of characters, a leading `!` takes services out again. */
export function globsName(globs: readonly string[], serviceName: string): boolean {
  return isMatch(serviceName, [...globs], { caseSensitive: true });
}

function isGlob(glob: unknown): boolean {
  return typeof glob === "string" && glob !== "" && glob !== "!" && glob.length <= MAX_GLOB;
}
