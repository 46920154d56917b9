import type { HandlerContext } from "@connectrpc/connect";

/** Where headers can be looked up. */
export type SentHeader = Pick<Headers, "get">;

/** Connect's context of a call whose headers can be looked up without making all of `requestHeader`, which takes longer. */
export interface QuickContext extends HandlerContext {
  readonly sentHeader: SentHeader;
}

export function sentHeaderOf(context: HandlerContext): SentHeader {
  return (context as Partial<QuickContext>).sentHeader ?? context.requestHeader;
}
