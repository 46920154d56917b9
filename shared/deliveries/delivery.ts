/**
 * `retrying` waits for another attempt, `dead` lies in the dead letters for the operator, `dropped` has nobody left who
 * could take it.
 */
export const DELIVERY_STATUSES = ["pending", "retrying", "delivered", "dead", "dropped"] as const;

/** Where the delivery of one event to one collector stands. */
export interface Delivery {
  status: (typeof DELIVERY_STATUSES)[number];
  /** Since the delivery was set on its way, or set on its way again. */
  attempts: number;
  /** Why the last attempt failed, or why there will be none. */
  lastError?: string;
  /** What the collector calls the event, if it said so. */
  remoteId?: string;
  /** When the next attempt is due, while it is `retrying`; ISO 8601. */
  nextAt?: string;
  /** When this was written; ISO 8601. */
  at: string;
}

const TEXTS: readonly string[] = ["lastError", "remoteId", "nextAt"] satisfies (keyof Delivery)[];

/** By name of the collector. */
export type Deliveries = { readonly [collector: string]: Delivery };

/** How an attempt ended, as it is recorded. */
export type Attempt = Pick<Delivery, "status" | "lastError" | "remoteId" | "nextAt"> & {
  /** False if the collector was not even asked; that counts as no attempt. */
  isTry?: boolean;
};

/** Deliveries that nobody has tried yet. */
export function pendingDeliveries(collectors: readonly string[], epochMs: number): Deliveries {
  const pending: Delivery = { status: "pending", attempts: 0, at: new Date(epochMs).toISOString() };
  return Object.fromEntries(collectors.map((collector) => [collector, pending]));
}

/** The collectors whose delivery nobody has tried yet. */
export function pendingCollectors(deliveries: Deliveries): string[] {
  return Object.keys(deliveries).filter((name) => deliveries[name]?.status === "pending");
}

/** The deliveries that an item holds; what a hand has broken is passed over. */
export function readDeliveries(stored: unknown): Deliveries {
  return Object.fromEntries(
    Object.entries(stored ?? {}).flatMap(([collector, item]) => {
      const delivery = readDelivery(item);
      return delivery === undefined ? [] : [[collector, delivery]];
    }),
  );
}

function readDelivery(item: unknown): Delivery | undefined {
  const { status, attempts, at, ...more } = (item ?? {}) as Partial<Record<keyof Delivery, unknown>>;
  const known = DELIVERY_STATUSES.find((name) => name === status);
  if (known === undefined) return undefined;
  const texts = Object.entries(more).filter(([name, text]) => TEXTS.includes(name) && typeof text === "string");
  return {
    status: known,
    attempts: Number.isSafeInteger(attempts) ? Number(attempts) : 0,
    ...Object.fromEntries(texts),
    at: typeof at === "string" ? at : "",
  };
}
