/** How deliveries to a collector have gone lately. Stands in its item beside its settings; Flashpoint writes it. */
export interface CollectorHealth {
  /** When attempts began to fail, if none has succeeded since; ISO 8601. */
  readonly failingSince?: string;
  /** While it is there, deliveries go to the dead letters, until the operator resumes the collector. */
  readonly paused?: Pause;
}

export interface Pause {
  /** ISO 8601. */
  readonly at: string;
  readonly reason: string;
}

/** A collector that fails for so long without a success is paused. */
export const PAUSE_AFTER_MS = 5 * 86_400_000;

/** Reads what an item says; whatever stands in `paused` pauses, since only a hand or we can have put it there. */
export function readHealth({ failingSince, paused }: Readonly<Record<string, unknown>>): CollectorHealth {
  return {
    ...(isTime(failingSince) && { failingSince }),
    ...(paused !== undefined && paused !== false && { paused: readPause(paused) }),
  };
}

/** Whether one more failure at this time, in ms since the epoch, is one too many. */
export function isToBePaused({ failingSince, paused }: CollectorHealth, epochMs: number): boolean {
  if (failingSince === undefined || paused !== undefined) return false;
  return epochMs - Date.parse(failingSince) >= PAUSE_AFTER_MS;
}

function readPause(stored: unknown): Pause {
  const { at, reason } = (stored ?? {}) as { at?: unknown; reason?: unknown };
  return {
    at: isTime(at) ? at : new Date(0).toISOString(),
    reason: typeof reason === "string" && reason !== "" ? reason : "no reason was given",
  };
}

function isTime(value: unknown): value is string {
  return typeof value === "string" && !Number.isNaN(Date.parse(value));
}
