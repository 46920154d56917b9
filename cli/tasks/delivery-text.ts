import type { Deliveries } from "../../shared/deliveries/delivery.ts";
import { nextText } from "../deliveries/next-text.ts";

/** Where deliveries stand, for instance `hook delivered, flames retrying`; blank for none. */
export function deliveriesText(deliveries: Deliveries): string {
  const each = Object.entries(deliveries).map(([collector, { status }]) => `${collector} ${status}`);
  return each.join(", ");
}

/** The same with what comes next and why, for instance `flames retrying, next in 5 s (answered 503)`. */
export function detailedDeliveriesText(deliveries: Deliveries, now: number): string {
  const each = Object.entries(deliveries).map(([collector, delivery]) => {
    const next = nextText(delivery, now);
    const why = delivery.lastError === undefined ? "" : ` (${delivery.lastError})`;
    return `${collector} ${delivery.status}${next === undefined ? "" : `, next ${next}`}${why}`;
  });
  return each.join(", ");
}
