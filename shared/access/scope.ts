import { MAX_KEY_BYTES } from "../aws/key.ts";
import { globsName } from "../service-globs.ts";

/** The services that somebody may speak for, as globs over their names; undefined for all. */
export type Scope = readonly string[] | undefined;

/**
 * Whether whoever has this scope may speak for the service. A name that is too long for any policy is in no scope: a glob
 * would have to be tried at each of its places.
 */
export function isInScope(scope: Scope, serviceName: string): boolean {
  if (scope === undefined) return true;
  return scope.length > 0 && serviceName.length <= MAX_KEY_BYTES && globsName(scope, serviceName);
}
