import { readServiceGlobs } from "../service-globs.ts";

/** What is kept of a token; times in ISO 8601. */
export interface StoredToken {
  readonly tokenHash: string;
  /** Whose it is, as the operator calls them. */
  readonly name: string;
  /** Globs over the services that it speaks for; left out for all. */
  readonly services?: readonly string[];
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly revokedAt?: string;
}

export type TokenState = "active" | "expired" | "revoked";

/** What a token is worth at a moment, in ms since the epoch. A time that cannot be read lets nobody in. */
export function tokenState({ expiresAt, revokedAt }: StoredToken, at: number): TokenState {
  if (revokedAt !== undefined) return "revoked";
  return expiresAt === undefined || at < Date.parse(expiresAt) ? "active" : "expired";
}

/** How long before its end a token's successor is to be made. */
const SOON_MS = 7 * 86_400_000;

/** Whether a token that is in force ends within a week. */
export function endsSoon({ expiresAt }: StoredToken, at: number): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) - at < SOON_MS;
}

/** Most bytes that a token's globs have together: they travel with every profile, in messages of 256 KiB. */
const MAX_SCOPE_BYTES = 16 * 1_024;

/**
 * Reads the globs of a token's services, which anybody may have typed.
 * @returns undefined if there are none, too many, or anything else.
 */
export function readTokenServices(value: unknown): string[] | undefined {
  const globs = readServiceGlobs(value);
  const bytes = globs?.reduce((sum, glob) => sum + Buffer.byteLength(glob), 0) ?? 0;
  return bytes > MAX_SCOPE_BYTES ? undefined : globs;
}

/** Reads an item of the table, which hands may have edited. Services that cannot be read are none at all. */
export function readTokenItem({ tokenHash, name, services, createdAt, expiresAt, revokedAt }: TokenItem): StoredToken {
  return {
    tokenHash: textOf(tokenHash),
    name: textOf(name),
    ...(services !== undefined && { services: readTokenServices(services) ?? [] }),
    createdAt: textOf(createdAt),
    ...(expiresAt !== undefined && { expiresAt: textOf(expiresAt) }),
    ...(revokedAt !== undefined && { revokedAt: textOf(revokedAt) }),
  };
}

/** Blank for lists and maps: some of them are no text that JavaScript could make. */
function textOf(value: unknown): string {
  return typeof value === "object" ? "" : String(value ?? "");
}

type TokenItem = Readonly<Partial<Record<keyof StoredToken, unknown>>>;
