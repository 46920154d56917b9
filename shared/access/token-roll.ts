import { withinTime } from "../aws/deadline.ts";
import type { TokenStore } from "./token-store.ts";

/**
 * Tells whether there is a token of this hash, or was, by a list that is made once a minute at most; one made since is not
 * on it. While there is no list yet, there seems to be none.
 */
export type IsOnRoll = (hashed: string) => Promise<boolean>;

const FRESH_MS = 60_000;
/** After a list that could not be had; the one before goes on meanwhile. */
const RETRY_MS = 5_000;
/** How long whoever asks waits for a list that is being made; it counts for the next ones when it comes later. */
const WAIT_MS = 500;

/** For when too many tokens are asked for to look each of them up: real ones are told from those that are made up. */
export function createTokenRoll(options: { store: Pick<TokenStore, "list">; now: () => number }): IsOnRoll {
  const { store, now } = options;
  let hashes: ReadonlySet<string> = new Set();
  let listing: Promise<void> | undefined;
  let listedAt = Number.NEGATIVE_INFINITY;
  let lastsMs = 0;

  async function list(): Promise<void> {
    listedAt = now();
    try {
      const tokens = await store.list();
      hashes = new Set(tokens.map(({ tokenHash }) => tokenHash));
      lastsMs = FRESH_MS;
    } catch {
      lastsMs = RETRY_MS; // whoever asks is told to try again, as without a list
    } finally {
      listing = undefined;
    }
  }

  return async (hashed) => {
    if (listing === undefined && Math.abs(now() - listedAt) >= lastsMs) listing = list();
    const made = listing;
    if (made !== undefined && !hashes.has(hashed)) await withinTime("DynamoDB", WAIT_MS, () => made).catch(() => {});
    return hashes.has(hashed);
  };
}
