import { Gauge, type Registry } from "prom-client";
import type { PendingDeliveries } from "../../shared/deliveries/pending-deliveries.ts";
import { GAUGES } from "../../shared/metrics.ts";

/** Offers the age of each collector's oldest pending delivery at /metrics: it grows with the clock, so it is read then. */
export function offerPendingDeliveries(registry: Registry, pending: Pick<PendingDeliveries, "oldest">): void {
  const name = "oldest_pending_delivery_seconds";
  const { help, labels } = GAUGES[name];
  new Gauge({
    name: `flashpoint_${name}`,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect() {
      this.reset(); // a collector whose deliveries are done has no age
      for (const [collector, seconds] of pending.oldest()) this.set({ collector }, seconds);
    },
  });
}
