import type { RedriveReport } from "../../shared/deliveries/redrive.ts";
import { printable } from "../output.ts";

/** Reasons that are shown. --json has them all. */
const SHOWN_REASONS = 10;
const SHOWN_CHARACTERS = 160;

/** What a redrive did, or would do, in lines. */
export function redriveText(
  report: RedriveReport,
  { isDryRun, collector }: { isDryRun: boolean; collector: string | undefined },
): string {
  const { sent, alreadyDelivered, late, hidden, hideSeconds, isStopped } = report;
  const again = "run this again to go on";
  const deliveries = sent === 1 ? "delivery" : "deliveries";
  const whose = collector === undefined ? "reports and profiles" : `${deliveries} to ${collector}`;
  return [
    isDryRun ? `${sent} ${whose} would be sent again${spanText(report)}` : `${sent} ${whose} sent again`,
    ...(isDryRun ? reasonLines(report.reasons) : []),
    ...(alreadyDelivered > 0
      ? [`${alreadyDelivered} ${isDryRun ? "would be deleted" : "deleted"}: already delivered`]
      : []),
    ...leftLines(report, collector),
    ...(late > 0 ? [`${late} came meanwhile and stay; ${again}`] : []),
    ...(hidden > 0
      ? [
          `about ${hidden} are hidden: another redrive has them in hand, or one that was killed had; ` +
            `they show again within about ${hideSeconds} s; ${again} then`,
        ]
      : []),
    ...(isStopped ? [`stopped after ${report.looked} of about ${report.expected} letters; ${again}`] : []),
  ].join("\n");
}

/** The shape that --json prints. */
export function redriveJson(report: RedriveReport): object {
  const { looked, sent, alreadyDelivered, others, unreadable, late, hidden, hideSeconds, isStopped } = report;
  return {
    ...{ looked, sent, alreadyDelivered, others, unreadable, late, hidden, isStopped },
    hiddenForSeconds: hidden > 0 ? hideSeconds : 0,
    oldest: isoTime(report.oldestMs),
    newest: isoTime(report.newestMs),
    reasons: commonest(report.reasons).map(([reason, count]) => ({ reason, count })),
  };
}

function leftLines({ others, unreadable }: RedriveReport, collector: string | undefined): string[] {
  const whose = collector === undefined ? "older" : "of other collectors or older";
  return [
    ...(others > 0 ? [`${others} left as they are: ${whose}`] : []),
    ...(unreadable > 0 ? [`${unreadable} left as they are: they cannot be read`] : []),
  ];
}

function spanText({ oldestMs, newestMs }: RedriveReport): string {
  return oldestMs === undefined ? "" : `, put there from ${isoTime(oldestMs)} to ${isoTime(newestMs)}`;
}

function reasonLines(reasons: RedriveReport["reasons"]): string[] {
  const all = commonest(reasons);
  const lines = all.slice(0, SHOWN_REASONS).map(([reason, count]) => {
    const text = printable(reason);
    return `  ${count} × ${text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text}`;
  });
  return all.length > SHOWN_REASONS ? [...lines, `  and ${all.length - SHOWN_REASONS} more reasons`] : lines;
}

function commonest(reasons: RedriveReport["reasons"]): [reason: string, count: number][] {
  return [...reasons].sort(([, a], [, b]) => b - a);
}

function isoTime(epochMs: number | undefined): string | null {
  return epochMs === undefined ? null : new Date(epochMs).toISOString();
}
