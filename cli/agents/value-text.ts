import type { LatestValue } from "../../shared/agent/measured-values.ts";
import { ageText } from "../../shared/diagnosis/age-text.ts";
import { amountText, MONITOR_TEXTS, ofUri } from "../../shared/diagnosis/monitor-text.ts";

/** A value in words, for instance `process CPU 93 % (12 s ago)`. */
export function valueText({ type, uri, value, at }: LatestValue, now: number): string {
  const { name, unit } = MONITOR_TEXTS[type] ?? { name: type, unit: "" }; // a newer server may know other types
  return `${name}${ofUri(uri)} ${amountText(value, unit)} (${ageText(Date.parse(at), now)})`;
}
