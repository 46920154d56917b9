import { table } from "../support/table.ts";
import type { Seen } from "./judgement.ts";
import { quantile } from "./quantile.ts";

/** What was seen of a run, as tables. */
export function seenTables(seen: Seen): string {
  return [faultsTable(seen), collectorsTable(seen), latencyTable(seen)].join("\n");
}

function faultsTable({ kills, downPart, sent, twins, redeliveries }: Seen): string {
  return table(
    ["what was done to it", "times"],
    [
      ["server killed with kill -9 and restarted", kills],
      ["reports sent twice at once", twins],
      ["calls without an answer, sent again", sent.inDoubt],
      ["messages that came again, as after a timeout", redeliveries.late],
      ["messages put into the queues a second time", redeliveries.copies],
      ["flaky was down, % of the time", Math.round(downPart * 100)],
    ],
  );
}

function collectorsTable({ arrivals }: Seen): string {
  const rows = Object.entries(arrivals).map(([name, { byEvent }]) => {
    const all = [...byEvent.values()];
    return [
      name,
      all.filter(({ accepted }) => accepted > 0).length,
      all.reduce((sum, { attempts }) => sum + attempts, 0),
      Math.max(0, ...all.map(({ attempts }) => attempts)),
      all.filter(({ accepted }) => accepted > 1).length,
    ];
  });
  return table(["collector", "events taken", "attempts seen", "most of one event", "taken more than once"], rows);
}

function latencyTable({ latencies }: Seen): string {
  const row = (what: string, values: readonly number[]) => [
    what,
    values.length,
    quantile(values, 0.5),
    quantile(values, 0.99),
  ];
  return table(
    ["healthy: from report to arrival", "events", "p50 ms", "p99 ms"],
    [row("alone", latencies.alone), row("beside flaky and cranky", latencies.together)],
  );
}
