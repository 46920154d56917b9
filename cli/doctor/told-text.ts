import { maskedText } from "../../shared/masked-text.ts";
import { printable } from "../terminal/printable.ts";
import { styled } from "../terminal/style.ts";
import type { Told } from "./run-checks.ts";

const MARKS: Record<Told["status"], string> = {
  ok: styled("good", "✓"),
  warning: styled("warning", "!"),
  failed: styled("bad", "✗"),
  skipped: styled("faint", "-"),
};
const NAME_WIDTH = 15;

/** The lines of one check; what is to be done stands below what is the case. */
export function toldText(told: readonly Told[]): string {
  return told
    .map(({ name, status, detail, advice }) => {
      const text = printable(detail);
      const line = `${MARKS[status]} ${name.padEnd(NAME_WIDTH)}${status === "skipped" ? styled("faint", `skipped: ${text}`) : text}`;
      if (advice === null) return line;
      return `${line}\n${" ".repeat(NAME_WIDTH + 2)}${styled("faint", `→ ${printable(advice)}`)}`;
    })
    .join("\n");
}

/** What AWS says may repeat what was sent to it. */
export function masked(told: readonly Told[]): Told[] {
  return told.map((each) => ({
    ...each,
    detail: maskedText(each.detail),
    advice: each.advice && maskedText(each.advice),
  }));
}

/** How many findings there are of each status. */
export interface Summary {
  readonly ok: number;
  readonly warning: number;
  readonly failed: number;
  readonly skipped: number;
}

export function summaryOf(told: readonly Told[]): Summary {
  const count = (status: Told["status"]): number => told.filter((each) => each.status === status).length;
  return { ok: count("ok"), warning: count("warning"), failed: count("failed"), skipped: count("skipped") };
}

/** For instance `12 well, 1 warning, 2 failed, 1 skipped`. */
export function summaryText({ ok, warning, failed, skipped }: Summary): string {
  const parts = [`${ok} well`, `${warning} ${warning === 1 ? "warning" : "warnings"}`, `${failed} failed`];
  return [...parts, ...(skipped > 0 ? [`${skipped} skipped`] : [])].join(", ");
}
