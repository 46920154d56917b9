import type { RedriveReport } from "../../shared/deliveries/redrive.ts";
import type { CommandLine } from "../../shared/diagnosis/command-line.ts";
import { printable } from "../terminal/printable.ts";

/** Reasons that are shown. --json has them all. */
const SHOWN_REASONS = 10;
const SHOWN_CHARACTERS = 160;

/** What a redrive did, or would do, in lines. */
export function redriveText(
  report: RedriveReport,
  options: {
    isDryRun: boolean;
    /** Whether older letters were left. */
    isSince: boolean;
    collector: string | undefined;
    commandLine: CommandLine;
  },
): string {
  const { isDryRun, isSince, collector, commandLine } = options;
  const { sent, alreadyDelivered, late, failedAgain, hidden, hideSeconds, notLooked, isStopped } = report;
  const test = collector === undefined ? "" : `; \`${commandLine("collectors test", collector)}\` shows how it does`;
  const again = "run this again to go on";
  const deliveries = sent === 1 ? "delivery" : "deliveries";
  const whose = collector === undefined ? "reports and profiles" : `${deliveries} to ${collector}`;
  return [
    isDryRun ? `${sent} ${whose} would be sent again${spanText(report)}` : `${sent} ${whose} sent again`,
    ...(isDryRun ? reasonLines(report.reasons) : []),
    ...(alreadyDelivered > 0
      ? [`${alreadyDelivered} ${isDryRun ? "would be deleted" : "deleted"}: already delivered`]
      : []),
    ...leftLines(report, { isSince, collector }),
    ...(failedAgain > 0 ? [`${failedAgain} failed again and stay${test}`] : []),
    ...(late > failedAgain ? [`${late - failedAgain} came meanwhile and stay; ${again}`] : []),
    ...(hidden > 0
      ? [
          `about ${hidden} are hidden: another redrive has them in hand, or one that was killed had; ` +
            `they show again within about ${hideSeconds} s; ${again} then`,
        ]
      : []),
    ...(isStopped ? [`stopped after ${report.looked} of about ${report.expected} letters; ${again}`] : []),
    ...(!isStopped && notLooked > 0 ? [`not finished: about ${notLooked} letters were not looked at; ${again}`] : []),
  ].join("\n");
}

/** The shape that --json prints. */
export function redriveJson(report: RedriveReport): object {
  const {
    looked,
    notLooked,
    sent,
    alreadyDelivered,
    others,
    unreadable,
    late,
    failedAgain,
    hidden,
    hideSeconds,
    isStopped,
  } = report;
  return {
    ...{ looked, notLooked, sent, alreadyDelivered, others, unreadable, late, failedAgain, hidden, isStopped },
    hiddenForSeconds: hidden > 0 ? hideSeconds : 0,
    oldest: isoTime(report.oldestMs),
    newest: isoTime(report.newestMs),
    reasons: commonest(report.reasons).map(([reason, count]) => ({ reason, count })),
  };
}

function leftLines(
  { others, unreadable }: RedriveReport,
  { isSince, collector }: { isSince: boolean; collector: string | undefined },
): string[] {
  const which = [...(collector === undefined ? [] : ["of other collectors"]), ...(isSince ? ["older"] : [])];
  const whose = [...(which.length === 0 ? [] : [which.join(", ")]), "one more of the same event"].join(" or ");
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
