/**
 * Bounded concurrency per collector, so that a slow one does not take the hands that others need. Whoever finds no place
 * is told when its turn comes; the queue carries the wait.
 */
export interface Lanes {
  /** A place for one attempt, to be left in any case, or the seconds until it is worth asking again. */
  enter(collector: string): Place | { busySeconds: number };
  /** The same, but waits for up to a second where a place may well come free: a burst needs no detour over the queue. */
  enterSoon(collector: string): Promise<Place | { busySeconds: number }>;
}

export interface Place {
  /** @param isWell whether the collector took the event; undefined if it was not asked. */
  leave(isWell: boolean | undefined): void;
}

/** Attempts at the same time. A collector that fails gets fewer: a try is all that it needs. */
const WIDTH = { well: 16, failing: 4 };
/** So many failures in a row make it one that fails. */
const FAILING_AFTER = 8;
/** How long somebody waits in hand, and how many for one collector; for one that fails nobody does. */
const IN_HAND = { ms: 1_000, most: 16 };
/** Longest wait for a turn, in seconds: a collector may be mended at any time. */
const MAX_TURN_SECONDS = 20;
/** So many receives of a message are nothing special. */
const OFTEN = 40;
/** What an attempt is taken to last before one has ended, in ms; and how much the latest one counts after that. */
const FIRST_GUESS_MS = 100;
const LATEST_WEIGHT = 0.2;

interface Lane {
  active: number;
  /** Take a place as soon as one is free. */
  waiting: Set<(place: Place) => void>;
  /** In a row, up to now. */
  failures: number;
  averageMs: number;
  /** When the last turn that was given out comes; ms like `now`. */
  lastTurnAt: number;
}

/**
 * @param now milliseconds, monotonic.
 * @param random from 0 up to 1.
 */
export function createLanes({ now = () => performance.now(), random = Math.random } = {}): Lanes {
  const lanes = new Map<string, Lane>();

  function turnSeconds(lane: Lane): number {
    const interval = lane.averageMs / widthOf(lane);
    const turnAt = Math.max(lane.lastTurnAt, now()) + interval;
    const seconds = (turnAt - now()) / 1_000;
    // Beyond the longest wait turns would all come at once: they are spread over its second half, and not counted up,
    // or a collector that is mended would go on having people wait for them.
    if (seconds > MAX_TURN_SECONDS) return Math.ceil((MAX_TURN_SECONDS * (1 + random())) / 2);
    lane.lastTurnAt = turnAt;
    return Math.max(1, Math.ceil(seconds));
  }

  function laneOf(collector: string): Lane {
    const known = lanes.get(collector);
    if (known !== undefined) return known;
    return { active: 0, waiting: new Set(), failures: 0, averageMs: FIRST_GUESS_MS, lastTurnAt: 0 };
  }

  function takePlace(collector: string, lane: Lane): Place {
    lanes.set(collector, lane);
    lane.active++;
    const startedAt = now();
    return {
      leave(isWell) {
        lane.active--;
        if (isWell !== undefined) {
          lane.failures = isWell ? 0 : lane.failures + 1;
          lane.averageMs += LATEST_WEIGHT * (now() - startedAt - lane.averageMs);
        }
        for (const next of lane.waiting) {
          if (!hasPlace(lane)) break;
          lane.waiting.delete(next);
          next(takePlace(collector, lane));
        }
        if (lane.failures === 0 && lane.active === 0 && lane.lastTurnAt <= now()) lanes.delete(collector);
      },
    };
  }

  function enter(collector: string): Place | { busySeconds: number } {
    const lane = laneOf(collector);
    return hasPlace(lane) ? takePlace(collector, lane) : { busySeconds: turnSeconds(lane) };
  }

  return {
    enter,

    async enterSoon(collector) {
      const lane = laneOf(collector);
      if (hasPlace(lane) || isFailing(lane) || lane.waiting.size >= IN_HAND.most) return enter(collector);
      const { promise, resolve } = Promise.withResolvers<Place | { busySeconds: number }>();
      const timer = setTimeout(() => {
        lane.waiting.delete(resolve);
        resolve(enter(collector));
      }, IN_HAND.ms);
      lane.waiting.add(resolve);
      return promise.finally(() => clearTimeout(timer));
    },
  };
}

function hasPlace(lane: Lane): boolean {
  return lane.active < widthOf(lane);
}

/**
 * How long a message waits for its turn that was received so often, from 1. Each wait costs a receive, and SQS puts to
 * the dead letters by itself what was received too often (resources.ts): so who was told to wait often waits longer and
 * longer, and a collector that hangs for good is paused before that.
 */
export function turnDelaySeconds(busySeconds: number, receives: number): number {
  return Math.max(busySeconds, receives - OFTEN);
}

function widthOf(lane: Lane): number {
  return isFailing(lane) ? WIDTH.failing : WIDTH.well;
}

function isFailing({ failures }: Lane): boolean {
  return failures >= FAILING_AFTER;
}
