import { cors } from "@connectrpc/connect";
import { RETRY_HINT_HEADERS } from "./retry-hint.ts";

/** Headers of a caller's token, beside those of the protocols. */
const TOKEN_HEADERS = ["Authentication", "Authorization"];
/** The longest that browsers keep a preflight's answer. */
const MAX_AGE_SECONDS = 7_200;

/**
 * What a page hears, which says its origin: so pages of any origin may call us (Fetch standard, CORS protocol). No cookie
 * is ever read, so an origin proves nothing and none needs to be refused. All other callers have no use for it, and there
 * are many: it is a third of what a poll is answered. Answers are never kept, so there is no need to say that they differ.
 */
export const corsHeaders: Readonly<Record<string, string>> = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": [...cors.exposedHeaders, ...RETRY_HINT_HEADERS].join(", "),
};

/** What a preflight hears beside `corsHeaders`, with status 204. */
export const preflightHeaders: Readonly<Record<string, string>> = {
  ...corsHeaders,
  "access-control-allow-methods": cors.allowedMethods.join(", "),
  "access-control-allow-headers": [...cors.allowedHeaders, ...TOKEN_HEADERS].join(", "),
  "access-control-max-age": String(MAX_AGE_SECONDS),
};

/** Whether a request is a browser asking in advance. */
export function isPreflight(method: string, header: (name: string) => unknown): boolean {
  return (
    method === "OPTIONS" && header("origin") !== undefined && header("access-control-request-method") !== undefined
  );
}
