import type { Deliveries } from "../../shared/deliveries/delivery.ts";

/** Where deliveries stand, for instance `hook delivered, flames retrying`, with errors if asked to; blank for none. */
export function deliveriesText(deliveries: Deliveries, { withErrors = false } = {}): string {
  const each = Object.entries(deliveries).map(([collector, { status, lastError }]) => {
    const why = withErrors && lastError !== undefined ? ` (${lastError})` : "";
    return `${collector} ${status}${why}`;
  });
  return each.join(", ");
}
