import { setTimeout as delay, setImmediate as nextTurn } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import type { StoredToken } from "../../shared/access/stored-token.ts";
import { makeToken, tokenHash } from "../../shared/access/token.ts";
import { type CheckToken, createTokenCheck } from "../../shared/access/token-check.ts";
import { LimitExceeded, Unauthenticated, Unavailable } from "../../shared/errors.ts";
import { createLogger } from "../../shared/log.ts";

const NOON = Date.UTC(2026, 0, 31, 12);
const MINUTE = 60_000;

let now: number;
let table: Map<string, StoredToken>;
/** What a read of the table does beside reading. */
let beforeRead: () => void | Promise<void>;
let reads: string[];
let lines: Record<string, unknown>[];
/** How often the table was listed, and what that does beside listing. */
let lists: number;
let beforeList: () => void | Promise<void>;
let check: CheckToken;
let tokensMade = 0;

beforeEach(() => {
  now = NOON;
  table = new Map();
  reads = [];
  lines = [];
  lists = 0;
  beforeRead = () => {};
  beforeList = () => {};
  const list = async (): Promise<StoredToken[]> => {
    lists++;
    const found = [...table.values()];
    await beforeList();
    return found;
  };
  const get = async (hashed: string): Promise<StoredToken | undefined> => {
    reads.push(hashed);
    const found = table.get(hashed);
    await beforeRead();
    return found;
  };
  const log = createLogger("debug", { write: (line) => lines.push(JSON.parse(line)) });
  check = createTokenCheck({ store: { get, list }, log, now: () => now });
});

const away = (): never => {
  throw new Unavailable("DynamoDB cannot be reached");
};
const silent = (): Promise<void> => new Promise(() => {});

function newToken(): string {
  const random = new Uint8Array(32);
  new DataView(random.buffer).setUint32(0, ++tokensMade);
  return makeToken(random);
}

/** A token in the table. */
function issued(fields: Partial<StoredToken> = {}): string {
  const token = newToken();
  const hashed = tokenHash(token);
  table.set(hashed, { tokenHash: hashed, name: "rover", createdAt: "2026-01-01T00:00:00.000Z", ...fields });
  return token;
}

function revoke(token: string): void {
  const stored = table.get(tokenHash(token));
  if (stored !== undefined) table.set(stored.tokenHash, { ...stored, revokedAt: "2026-01-31T12:00:00.000Z" });
}

const sent = (token: string): Headers => new Headers({ authentication: token });
/** How a check of the token ends: `at once` or `later`, and whether it lets pass. */
async function outcome(token: string): Promise<string> {
  let promised = "at once";
  try {
    const checking = check(sent(token));
    if (checking instanceof Promise) promised = "later";
    await checking;
    return `passes ${promised}`;
  } catch (error) {
    return `${(error as Error).name} ${promised}`;
  }
}

describe("a token in force", () => {
  it("passes, read once a minute and between two reads without a promise", async () => {
    const token = issued();
    expect(await outcome(token)).toBe("passes later");
    for (const ms of [0, 1, MINUTE - 1]) {
      now = NOON + ms;
      expect(await outcome(token)).toBe("passes at once");
    }
    expect(reads).toEqual([tokenHash(token)]);
    now = NOON + MINUTE;
    expect(await outcome(token)).toBe("passes later");
    expect(reads).toHaveLength(2);
  });

  it("is read once for calls at the same time", async () => {
    const token = issued();
    expect(await Promise.all(Array.from({ length: 50 }, () => outcome(token)))).toEqual(Array(50).fill("passes later"));
    now += MINUTE;
    await Promise.all(Array.from({ length: 50 }, () => outcome(token)));
    expect(reads).toHaveLength(2);
  });

  it("is heard to be revoked after a minute, counted from when the read began", async () => {
    const token = issued();
    beforeRead = () => {
      now += 2_000;
    };
    await outcome(token);
    revoke(token);
    now = NOON + MINUTE - 1;
    expect(await outcome(token)).toBe("passes at once");
    now = NOON + MINUTE;
    expect(await outcome(token)).toBe("Unauthenticated later");
    expect(await outcome(token)).toBe("Unauthenticated at once");
    expect(reads).toHaveLength(2);
  });

  it("expires to the millisecond, without a read", async () => {
    const token = issued({ expiresAt: "2026-01-31T12:00:10.000Z" });
    await outcome(token);
    now = NOON + 9_999;
    expect(await outcome(token)).toBe("passes at once");
    now = NOON + 10_000;
    expect(await outcome(token)).toBe("Unauthenticated at once");
    expect(reads).toHaveLength(1);
  });

  it("does not last longer because the clock was set back", async () => {
    const token = issued();
    await outcome(token);
    revoke(token);
    now = NOON - 3_600_000;
    expect(await outcome(token)).toBe("Unauthenticated later");
  });
});

describe("a token that is not in force", () => {
  it("is refused in the same words as all others, and none of them names it", async () => {
    const wrong = [newToken(), issued({ revokedAt: "x" }), issued({ expiresAt: "2026-01-31T11:59:59.999Z" })];
    const messages = await Promise.all(
      [...wrong, "hunter2", ""].map(async (token) => {
        const refusal = await (async () => check(sent(token)))().catch((error) => error);
        expect(refusal).toBeInstanceOf(Unauthenticated);
        return refusal.message;
      }),
    );
    expect(new Set(messages).size).toBe(1);
    expect(messages[0]).toContain("Authentication");
    expect(messages[0]).not.toMatch(/fp_|hunter2/);
  });

  it("costs no read if it cannot be one", async () => {
    const token = newToken();
    for (const text of ["", "hunter2", token.slice(0, -1), `${token}x`, `fp_${"A".repeat(49)}`]) {
      expect(await outcome(text)).toBe("Unauthenticated at once");
    }
    expect(() => check(new Headers())).toThrow(Unauthenticated);
    expect(reads).toEqual([]);
  });

  it("is read once a minute if it is unknown", async () => {
    const token = newToken();
    expect(await outcome(token)).toBe("Unauthenticated later");
    now += MINUTE - 1;
    expect(await outcome(token)).toBe("Unauthenticated at once");
    expect(reads).toHaveLength(1);
    now += 1;
    await outcome(token);
    expect(reads).toHaveLength(2);
  });

  it("pushes no real one out, however many are made up, and no more than so many are remembered", async () => {
    const real = issued();
    await outcome(real);
    const madeUp = Array.from({ length: 12_000 }, newToken);
    for (const token of madeUp) {
      now += 10; // as fast as they are looked up
      await outcome(token);
    }
    expect(reads).toHaveLength(12_001);
    expect(await outcome(madeUp.at(-1) ?? "")).toBe("Unauthenticated at once");
    now = NOON + 10;
    expect(await outcome(real)).toBe("passes at once");
    expect(await outcome(madeUp[0] ?? "")).toBe("Unauthenticated later"); // forgotten
  });
});

describe("while DynamoDB is away", () => {
  it("a token that is not known is told to come again, and is let in as soon as it can be read", async () => {
    const token = issued();
    beforeRead = away;
    expect(await outcome(token)).toBe("Unavailable later");
    beforeRead = () => {};
    expect(await outcome(token)).toBe("passes later");
  });

  it("a token in force goes on for ten minutes, with one try every 5 seconds", async () => {
    const token = issued();
    await outcome(token);
    beforeRead = away;
    now = NOON + MINUTE;
    expect(await outcome(token)).toBe("passes later");
    now += 4_999;
    expect(await outcome(token)).toBe("passes at once");
    expect(reads).toHaveLength(2);
    now += 1;
    expect(await outcome(token)).toBe("passes later");
    expect(reads).toHaveLength(3);
    now = NOON + 10 * MINUTE - 1;
    expect(await outcome(token)).toBe("passes later");
    now += 1;
    expect(await outcome(token)).toBe("Unavailable later");
    beforeRead = () => {};
    expect(await outcome(token)).toBe("passes later");
  });

  it("a token that was last read more than ten minutes ago is given as long as one never seen", async () => {
    const [token, other] = [issued(), issued()];
    await outcome(token);
    now = NOON + 11 * MINUTE;
    beforeRead = () => delay(600); // beyond the 0.4 s of a token with something to fall back on
    expect(await Promise.all([token, other].map(outcome))).toEqual(["passes later", "passes later"]);
  });

  it("a token goes on no longer than it would have been in force", async () => {
    const [expiring, revoked] = [issued({ expiresAt: "2026-01-31T12:01:30.000Z" }), issued({ revokedAt: "x" })];
    for (const token of [expiring, revoked]) await outcome(token);
    beforeRead = away;
    now = NOON + MINUTE;
    expect(await outcome(expiring)).toBe("passes later");
    expect(await outcome(revoked)).toBe("Unauthenticated later");
    now = NOON + 1.5 * MINUTE;
    expect(await outcome(expiring)).toMatch(/^Unauthenticated/);
  });

  it("is logged once for each outage, and no token with it", async () => {
    const tokens = [issued(), issued()];
    for (const token of tokens) await outcome(token);
    const pass = beforeRead;
    for (let outage = 1; outage <= 2; outage++) {
      beforeRead = away;
      now += MINUTE;
      for (const token of tokens) expect(await outcome(token)).toBe("passes later");
      expect(lines).toHaveLength(outage);
      beforeRead = pass;
      now += MINUTE;
      for (const token of tokens) expect(await outcome(token)).toBe("passes later");
    }
    expect(lines[0]).toMatchObject({ level: "warn", msg: expect.stringContaining("tokens cannot be looked up") });
    for (const token of tokens) {
      expect(JSON.stringify(lines)).not.toContain(token);
      expect(JSON.stringify(lines)).not.toContain(tokenHash(token));
    }
  });

  it("and does not even refuse, a known token waits for 0.4 s and an unknown one for 1 s", async () => {
    const token = issued();
    await outcome(token);
    beforeRead = silent;
    now += MINUTE;
    const tookMs = async (work: Promise<unknown>): Promise<number> => {
      const startedAt = performance.now();
      await work;
      return performance.now() - startedAt;
    };
    expect(await tookMs(expect(outcome(token)).resolves.toBe("passes later"))).toBeLessThan(1_000);
    expect(await tookMs(expect(outcome(newToken())).resolves.toBe("Unavailable later"))).toBeLessThan(2_400);
  });

  it("what comes too late is remembered all the same", async () => {
    const token = issued();
    let answer = (): void => {};
    beforeRead = () => new Promise((resolve) => (answer = resolve));
    expect(await outcome(token)).toBe("Unavailable later");
    answer();
    await nextTurn();
    expect(await outcome(token)).toBe("passes at once");
    expect(reads).toHaveLength(1);
  });
});

it("looks up 100 tokens a second that were never seen, and the excess costs no read", async () => {
  const real = issued();
  await outcome(real);
  now += 11 * MINUTE;
  const inOneSecond = await Promise.all(Array.from({ length: 150 }, () => outcome(newToken())));
  expect(inOneSecond.filter((ended) => ended === "Unauthenticated later")).toHaveLength(100);
  expect(inOneSecond.filter((ended) => ended === "LimitExceeded later")).toHaveLength(50);
  expect(reads).toHaveLength(1 + 100);
  await expect(check(sent(newToken()))).rejects.toThrow(LimitExceeded);
  expect(await outcome(real)).toBe("passes later"); // seen, however long ago
  const next = issued();
  expect(await outcome(next)).toBe("LimitExceeded later");
  now += 10;
  expect(await Promise.all([next, next].map(outcome))).toEqual(["passes later", "passes later"]);
});

describe("in a flood of tokens that are made up", () => {
  const flood = (): Promise<string[]> => Promise.all(Array.from({ length: 150 }, () => outcome(newToken())));

  it("those that there are get in, by a list that is made once a minute", async () => {
    const early = [issued(), issued(), issued()] as const;
    await flood();
    expect(lists).toBe(1);
    reads = [];
    expect(await outcome(early[0])).toBe("passes later");
    expect(await outcome(early[0])).toBe("passes at once");
    revoke(early[1]);
    expect(await outcome(early[1])).toBe("Unauthenticated later"); // the list lets nobody in by itself
    expect(reads).toHaveLength(2);
    const late = issued();
    expect(await outcome(late)).toBe("LimitExceeded later");
    now += MINUTE - 1;
    await flood();
    expect(lists).toBe(1);
    expect(await outcome(late)).toBe("LimitExceeded later");
    now += 1;
    expect(await outcome(late)).toBe("passes later");
    expect(lists).toBe(2);
  });

  it("nobody is let in by a list that cannot be had, and it is asked for again after five seconds", async () => {
    const real = issued();
    beforeList = away;
    await flood();
    expect(await outcome(real)).toBe("LimitExceeded later");
    now += 4_999;
    await flood();
    expect(await outcome(real)).toBe("LimitExceeded later");
    expect(lists).toBe(1);
    beforeList = () => {};
    now += 1;
    await flood();
    expect(await outcome(real)).toBe("passes later");
    expect(lists).toBe(2);
  });

  it("the list before goes on while the next cannot be had", async () => {
    const [early, other] = [issued(), issued()];
    await flood();
    now += MINUTE;
    beforeList = away;
    await flood();
    expect(await outcome(early)).toBe("passes later");
    beforeList = silent;
    now += 5_000;
    await flood();
    expect(await outcome(other)).toBe("passes later");
    expect(lists).toBe(3);
  });

  it("a list that comes late counts when it comes", async () => {
    const real = issued();
    const gate = Promise.withResolvers<void>();
    beforeList = () => gate.promise;
    await flood();
    expect(await outcome(real)).toBe("LimitExceeded later");
    gate.resolve();
    await nextTurn();
    expect(await outcome(real)).toBe("passes later");
    expect(lists).toBe(1);
  });

  it("1,000 wait for the list, for half a second at most", async () => {
    const real = issued();
    const gate = Promise.withResolvers<void>();
    beforeList = () => gate.promise;
    const refused: number[] = [];
    const all = Array.from({ length: 1_200 }, (_, index) =>
      outcome(newToken()).then((ended) => [index, ended] as const),
    );
    for (const each of all)
      each.then(([index, ended]) => {
        if (ended === "LimitExceeded later") refused.push(index);
      });
    await Promise.all(all);
    expect(refused).toHaveLength(1_100);
    // At once those beyond the 1,000 after the first 100, which are looked up; the others once the list is given up.
    expect(refused.slice(0, 100).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, n) => 1_100 + n));
    expect(lists).toBe(1);
    gate.resolve();
    beforeList = () => {};
    now += MINUTE;
    await flood();
    expect(await outcome(real)).toBe("passes later"); // there is room for others to wait again
  });
});

it("asks for 16 tokens at the same time, lets 1,000 wait, and those that work come first", async () => {
  const seen = Array.from({ length: 1_100 }, () => issued());
  for (const token of seen) {
    now += 10;
    await outcome(token);
  }
  now += 11 * MINUTE;
  const real = issued();
  await outcome(real);
  now += MINUTE;
  reads = [];
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  beforeRead = () => released;
  const before = seen.map(outcome);
  expect(await Promise.race(before)).toBe("LimitExceeded later"); // one of those over the bound
  expect(reads).toHaveLength(16);
  beforeRead = () => {};
  expect(await outcome(real)).toBe("passes later");
  const ended = await Promise.all(before);
  expect(ended.filter((each) => each === "Unavailable later")).toHaveLength(16 + 1_000);
  expect(ended.filter((each) => each === "LimitExceeded later")).toHaveLength(84);
  release();
  await nextTurn();
  expect(reads).toHaveLength(16 + 1); // nobody waits for the rest any more
  expect(await outcome(newToken())).toBe("Unauthenticated later");
});
