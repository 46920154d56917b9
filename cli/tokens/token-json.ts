import { type StoredToken, tokenState } from "../../shared/access/stored-token.ts";
import { tokenId } from "../../shared/access/token.ts";

/** A token as --json shows it: nothing that leads back to it. */
export function tokenJson(token: StoredToken, at: number): object {
  const { tokenHash, name, services = null, createdAt, expiresAt = null, revokedAt = null } = token;
  return { id: tokenId(tokenHash), name, state: tokenState(token, at), services, createdAt, expiresAt, revokedAt };
}
