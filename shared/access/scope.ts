import { createContextKey, type HandlerContext } from "@connectrpc/connect";
import { MAX_KEY_BYTES } from "../aws/key.ts";
import { globsName } from "../service-globs.ts";
import type { StoredToken } from "./stored-token.ts";

/** The services that somebody may speak for, as globs over their names; undefined for all. */
export type Scope = readonly string[] | undefined;

/** Who a call is from, as its token says; undefined where no token is asked for. */
export type Caller = Pick<StoredToken, "tokenHash" | "name" | "services"> | undefined;

const CALLER = createContextKey<Caller>(undefined);

/** Notes who a call is from, for whoever answers it. */
export function setCaller({ values }: Pick<HandlerContext, "values">, caller: Caller): void {
  values.set(CALLER, caller);
}

export function callerOf({ values }: Pick<HandlerContext, "values">): Caller {
  return values.get(CALLER);
}

/**
 * Whether whoever has this scope may speak for the service. A name that is too long for any policy is in no scope: a glob
 * would have to be tried at each of its places.
 */
export function isInScope(scope: Scope, serviceName: string): boolean {
  if (scope === undefined) return true;
  return scope.length > 0 && serviceName.length <= MAX_KEY_BYTES && globsName(scope, serviceName);
}
