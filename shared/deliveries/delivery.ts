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
  /** When this was written; ISO 8601. */
  at: string;
}

/** By name of the collector. */
export type Deliveries = { readonly [collector: string]: Delivery };

/** How an attempt ended, as it is recorded. */
export type Attempt = Pick<Delivery, "status" | "lastError" | "remoteId"> & {
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
  return Object.fromEntries(Object.entries(stored ?? {}).filter(([, delivery]) => isDelivery(delivery)));
}

function isDelivery(delivery: unknown): delivery is Delivery {
  const { status } = (delivery ?? {}) as { status?: unknown };
  return (DELIVERY_STATUSES as readonly unknown[]).includes(status);
}
