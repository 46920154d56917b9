import pLimit from "p-limit";
import { withinTime } from "../aws/deadline.ts";
import { LimitExceeded, Unauthenticated, Unavailable } from "../errors.ts";
import type { Logger } from "../log.ts";
import { createNews } from "../news.ts";
import { createRecentEntries } from "../recent-entries.ts";
import type { SentHeader } from "./quick-context.ts";
import { createRateBudget } from "./rate-budget.ts";
import { sentToken } from "./sent-token.ts";
import { type StoredToken, tokenState } from "./stored-token.ts";
import { isToken, tokenHash } from "./token.ts";
import { createTokenRoll } from "./token-roll.ts";
import type { TokenStore } from "./token-store.ts";

/**
 * Lets a call pass that carries a token in force, and tells which; at once, without a promise, if the token is known.
 * @throws Unauthenticated if it carries none; Unavailable if that cannot be found out; LimitExceeded if too many others
 * are to be looked up.
 */
export type CheckToken = (header: SentHeader) => Promise<StoredToken> | StoredToken;

/** How long what was read of a token counts, that there is none too: a revocation is heard no later. */
const FRESH_MS = 60_000;
/** How long a token in force goes on working while DynamoDB is away: reports may still reach SQS. */
const OUTAGE_MS = 600_000;
/** How long a call waits to have a token confirmed that worked before; the rest of its 3 s is for what it asks for. */
const CONFIRM_MS = 400;
/** The same of a token that is not known, or was long ago: enough for the first connection after a cold start. */
const LOOK_UP_MS = 1_000;
/** How long DynamoDB is not asked again for a token that worked before, once it did not answer. */
const PAUSE_MS = 5_000;
/**
 * Tokens remembered, of a few hundred bytes each. Those that are none lie apart: whoever makes up tokens by the million
 * pushes no real one out.
 */
const MAX_KNOWN = 10_000;
const MAX_ABSENT = 10_000;
/**
 * Tokens whose hash is remembered beside them, since to work it out takes a poll longer than to look the token up. They are
 * such as were let in: what is made up is never kept, and what a token is worth is asked each time all the same.
 */
const MAX_HASHED = 1_000;
/** Look-ups at once, and those that may wait: tokens that are made up must not take all connections. */
const CONCURRENT_READS = 16;
const WAITING_READS = 1_000;
/**
 * Look-ups of tokens never seen, of which each costs a read: whoever makes them up is not to run up a bill. Above it the
 * tokens that there are get theirs, by a list of all.
 */
const NEW_PER_SECOND = 100;

/** The same whether there is no token, or one that is unknown, expired or revoked. */
const WHAT_TO_SEND = "this needs a token that is in force, as metadata Authentication or as Authorization: Bearer";
/** Not Unavailable: that would be taken for an outage of DynamoDB. */
const TOO_MANY = "too many tokens that are not known here have to be looked up; try again later";

interface Known {
  readonly token: StoredToken;
  /** When the read began. */
  readonly readAt: number;
  /** When DynamoDB did not answer last. */
  unansweredAt: number;
}

/**
 * Checks the tokens of calls. What is no token by its form or its checksum is refused without a read. What is asked for
 * at the same time is read once. Tokens are looked up by their hashes; of those that were let in lately, the hash is looked
 * up by the token, in a map, so that nothing secret is ever compared byte by byte.
 */
export function createTokenCheck(options: {
  store: Pick<TokenStore, "get" | "list">;
  log: Logger;
  /** Milliseconds since the epoch. */
  now?: () => number;
}): CheckToken {
  const { store, log, now = Date.now } = options;
  const known = createRecentEntries<Known>({ maxEntries: MAX_KNOWN });
  const hashes = createRecentEntries<string>({ maxEntries: MAX_HASHED });
  /** When it was found that there is no such token. */
  const absent = createRecentEntries<number>({ maxEntries: MAX_ABSENT });
  const underWay = new Map<string, Promise<StoredToken | undefined>>();
  const inTurn = pLimit(CONCURRENT_READS);
  const takeNew = createRateBudget({ perSecond: NEW_PER_SECOND, atOnce: NEW_PER_SECOND });
  const isOnRoll = createTokenRoll({ store, now });
  /** Calls that wait to hear whether their token is on the roll. */
  let askingRoll = 0;
  const news = createNews();

  // Either way round: a clock that is set back must not make anything last.
  const isWithin = (ms: number, since: number): boolean => Math.abs(now() - since) < ms;

  async function readAnew(hashed: string): Promise<StoredToken | undefined> {
    const readAt = now();
    const token = await store.get(hashed);
    // Remembered even if it came too late for whoever asked.
    if (token === undefined) {
      known.delete(hashed);
      absent.set(hashed, readAt);
    } else {
      known.set(hashed, { token, readAt, unansweredAt: Number.NEGATIVE_INFINITY });
    }
    return token;
  }

  /** Joins the read of that token that is under way, or starts one. */
  function read(hashed: string, start: () => Promise<StoredToken | undefined>): Promise<StoredToken | undefined> {
    const joined = underWay.get(hashed);
    if (joined !== undefined) return joined;
    const reading = start();
    const end = (): void => void underWay.delete(hashed);
    underWay.set(hashed, reading);
    reading.then(end, end);
    return reading;
  }

  /** Whether a token never seen is worth a read: within the budget any is, above it those that are known to be there. */
  async function isWorthRead(hashed: string): Promise<boolean> {
    if (takeNew(now()) === 0) return true;
    if (askingRoll >= WAITING_READS) return false;
    askingRoll++;
    return isOnRoll(hashed).finally(() => askingRoll--);
  }

  async function lookUp(hashed: string, { isNew }: { isNew: boolean }): Promise<StoredToken> {
    const token = await read(hashed, async () => {
      if (inTurn.pendingCount >= WAITING_READS || (isNew && !(await isWorthRead(hashed)))) {
        throw new LimitExceeded(TOO_MANY);
      }
      return withinTime("DynamoDB", LOOK_UP_MS, (signal) =>
        inTurn(() => {
          signal.throwIfAborted(); // nobody waits for it any more
          return readAnew(hashed);
        }),
      );
    });
    return inForce(token);
  }

  async function confirm(hashed: string, before: Known): Promise<StoredToken> {
    try {
      const token = inForce(await read(hashed, () => withinTime("DynamoDB", CONFIRM_MS, () => readAnew(hashed))));
      news.forget("outage");
      return token;
    } catch (error) {
      if (!(error instanceof Unavailable) || !isWithin(OUTAGE_MS, before.readAt)) throw error;
      before.unansweredAt = now();
      if (news.isNew("outage", "tokens"))
        log.warn({ err: error }, "tokens cannot be looked up; those known go on for ten minutes");
      return inForce(before.token);
    }
  }

  function inForce(token: StoredToken | undefined): StoredToken {
    if (token === undefined || tokenState(token, now()) !== "active") throw new Unauthenticated(WHAT_TO_SEND);
    return token;
  }

  return (header) => {
    const token = sentToken(header);
    if (token === undefined) throw new Unauthenticated(WHAT_TO_SEND);
    const before = hashes.get(token);
    const hashed = before ?? tokenHash(token);
    const found = known.get(hashed);
    if (found === undefined) {
      // Not before: most calls bring a token that is known, and have no need of it.
      if (!isToken(token)) throw new Unauthenticated(WHAT_TO_SEND);
      const absentAt = absent.get(hashed);
      if (absentAt !== undefined && isWithin(FRESH_MS, absentAt)) throw new Unauthenticated(WHAT_TO_SEND);
      return lookUp(hashed, { isNew: true });
    }
    // Too old to fall back on, so that it needs the time, and the turn, of one never seen.
    if (!isWithin(OUTAGE_MS, found.readAt)) return lookUp(hashed, { isNew: false });
    if (!isWithin(PAUSE_MS, found.unansweredAt) && !isWithin(FRESH_MS, found.readAt)) return confirm(hashed, found);
    const inUse = inForce(found.token);
    if (before === undefined) hashes.set(token, hashed);
    return inUse;
  };
}
