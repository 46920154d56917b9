import { randomBytes } from "node:crypto";
import { Code, ConnectError } from "@connectrpc/connect";
import type { StoredToken } from "../../shared/access/stored-token.ts";
import { makeToken, tokenHash } from "../../shared/access/token.ts";
import type { TokenStore } from "../../shared/access/token-store.ts";

/** A token that nobody knows yet. */
export function newToken(): string {
  return makeToken(randomBytes(32));
}

/** What is kept of a token; for all services, and without an end, unless other fields say so. */
export function storedToken(token: string, fields: Partial<StoredToken> = {}): StoredToken {
  return { tokenHash: tokenHash(token), name: "rover", createdAt: "2026-01-01T00:00:00.000Z", ...fields };
}

/** Puts a token into the table. */
export async function issueToken(
  store: TokenStore,
  fields: Pick<StoredToken, "expiresAt" | "revokedAt" | "services"> = {},
  token: string = newToken(),
): Promise<string> {
  await store.put(storedToken(token, fields));
  return token;
}

/** The two ways in which agents send a token. */
export const authentication = (token: string) => ({ Authentication: token });
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

/** `ok`, or the name of the code that a call was refused with. */
export async function outcomeOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => undefined,
    (reason) => ConnectError.from(reason),
  );
  return error === undefined ? "ok" : (Code[error.code] ?? "");
}
