import { withinTime } from "../aws/deadline.ts";
import type { TokenStore } from "./token-store.ts";

/**
 * Tells whether there is a token of this hash, by a list that is made once a minute at most; one made since is not on it.
 * Without a list, because DynamoDB does not answer, there seems to be none.
 */
export type IsOnRoll = (hashed: string) => Promise<boolean>;

const FRESH_MS = 60_000;
const LIST_MS = 500;

/** For when too many tokens are asked for to look each of them up: real ones are told from those that are made up. */
export function createTokenRoll(options: { store: Pick<TokenStore, "list">; now: () => number }): IsOnRoll {
  const { store, now } = options;
  let listedAt = Number.NEGATIVE_INFINITY;
  let hashes: Promise<ReadonlySet<string>> | undefined;

  async function list(): Promise<ReadonlySet<string>> {
    try {
      const tokens = await withinTime("DynamoDB", LIST_MS, () => store.list());
      return new Set(tokens.map(({ tokenHash }) => tokenHash));
    } catch {
      return new Set(); // whoever asks is told to try again, as without a list
    }
  }

  return async (hashed) => {
    if (hashes === undefined || Math.abs(now() - listedAt) >= FRESH_MS) {
      listedAt = now();
      hashes = list();
    }
    return (await hashes).has(hashed);
  };
}
