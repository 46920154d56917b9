import type { Fault } from "../errors.ts";

const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;
/** The beginning of a hash, long enough that no two tokens share it. */
const ID = /^[0-9a-f]{8,64}$/;

/** Whether a text means a token by its id, and not those of a name. */
export function isTokenId(text: string): boolean {
  return ID.test(text);
}

/** @returns undefined for a name that a token may have. */
export function tokenNameFault(name: string): Fault | undefined {
  if (!NAME.test(name)) {
    return {
      path: "name",
      problem: "takes lower-case letters, digits, dots, dashes and underscores, 64 at most",
    };
  }
  return isTokenId(name) ? { path: "name", problem: `is "${name}", which reads like an id; add a word` } : undefined;
}
