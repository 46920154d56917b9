import type { Deliveries, Delivery } from "../../shared/deliveries/delivery.ts";
import { ageText } from "../../shared/diagnosis/age-text.ts";
import { nextText } from "../deliveries/next-text.ts";
import { printable } from "../terminal/printable.ts";
import { type Style, styled } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";

const STYLES: Record<Delivery["status"], Style> = {
  pending: "faint",
  retrying: "warning",
  delivered: "good",
  dead: "bad",
  dropped: "warning",
};

/** A reason that is longer may not fit beside the rest, and stands in full below. */
const SHORT = 40;

/** Where each delivery stands, those first that are not made. */
export function deliveriesTable(deliveries: Deliveries, now: number): string {
  const all = Object.entries(deliveries).sort(([, a], [, b]) => order(a) - order(b));
  const rows = all.map(([collector, delivery]) => [
    collector,
    styled(STYLES[delivery.status], delivery.status),
    String(delivery.attempts),
    lastText(delivery, now),
    nextText(delivery, now) ?? "-",
    answerText(delivery),
  ]);
  const reasons = all.flatMap(([collector, delivery]) => {
    const answer = answerText(delivery);
    return answer.length > SHORT ? [`${printable(collector)}: ${answer}`] : [];
  });
  return [table(["COLLECTOR", "STATUS", "ATTEMPTS", "LAST", "NEXT", "ANSWER"], rows), ...reasons].join("\n");
}

function order({ status }: Delivery): number {
  return status === "delivered" ? 1 : 0;
}

function lastText({ at, attempts }: Delivery, now: number): string {
  const time = Date.parse(at);
  if (attempts === 0 || Number.isNaN(time)) return "-";
  return ageText(time, now);
}

function answerText({ status, lastError, remoteId }: Delivery): string {
  if (remoteId !== undefined) return `taken as ${printable(remoteId)}`;
  if (status === "delivered" || lastError === undefined) return "-";
  return printable(lastError);
}
