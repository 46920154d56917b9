import { createRecentEntries } from "./recent-entries.ts";

/** Remembers what was said last about each thing, so that a log tells it once and not with every look. */
export interface News {
  /** Whether this is not what was said last about `subject`. From now on it is. */
  isNew(subject: string, text: string): boolean;
  /** The thing is well again: whatever comes next is news. */
  forget(subject: string): void;
}

/** Things remembered at most; about those forgotten, the log may repeat itself. */
const MAX_SUBJECTS = 1_000;

export function createNews(): News {
  const said = createRecentEntries<string>({ maxEntries: MAX_SUBJECTS });
  return {
    isNew(subject, text) {
      if (said.get(subject) === text) return false;
      said.set(subject, text);
      return true;
    },
    forget: said.delete,
  };
}
