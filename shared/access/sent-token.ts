import type { SentHeader } from "./quick-context.ts";
import { looksLikeToken } from "./token.ts";

const BEARER = /^Bearer +(\S+)$/i;

/**
 * The token that a call carries: the value of `Authentication`, which is all that SkyWalking's agents can send, or
 * `Authorization: Bearer` (RFC 6750). Where both are there, the first that looks like a token counts.
 * @returns undefined if neither does.
 */
export function sentToken(header: SentHeader): string | undefined {
  const authentication = header.get("authentication");
  if (authentication !== null && looksLikeToken(authentication)) return authentication;
  const [, bearer = ""] = BEARER.exec(header.get("authorization") ?? "") ?? [];
  return looksLikeToken(bearer) ? bearer : undefined;
}
