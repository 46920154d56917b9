import type { CollectorStore } from "../../shared/collectors/collector-store.ts";
import type { Delivery } from "../../shared/deliveries/delivery.ts";
import { collectorAdvice } from "../../shared/diagnosis/collector-advice.ts";
import type { CommandLine } from "../../shared/diagnosis/command-line.ts";
import { printable } from "../terminal/printable.ts";

/** One delivery, as far as it matters to whom it goes. */
export interface DeliveryTo {
  readonly collector: string;
  readonly status: Delivery["status"];
}

/** What to do about the collectors that deliveries go to: a line for each that is paused or has dead ones. */
export async function adviceLines(
  deliveries: readonly DeliveryTo[],
  { collectorStore, commandLine }: { collectorStore: Pick<CollectorStore, "list">; commandLine: CommandLine },
): Promise<string[]> {
  if (deliveries.length === 0) return [];
  const stored = new Map((await collectorStore.list()).map((collector) => [collector.name, collector]));
  const byName = Map.groupBy(deliveries, ({ collector }) => collector);
  return [...byName.keys()].sort().flatMap((name) => {
    const hasDead = byName.get(name)?.some(({ status }) => status === "dead") ?? false;
    const paused = stored.get(name)?.health.paused;
    const advice = collectorAdvice({ name, exists: stored.has(name), paused, hasDead }, commandLine);
    return advice === undefined ? [] : [printable(advice)];
  });
}
