import { createContextKey, type HandlerContext } from "@connectrpc/connect";
import type { StoredToken } from "./stored-token.ts";

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
