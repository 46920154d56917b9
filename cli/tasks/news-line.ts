import type { Delivery } from "../../shared/deliveries/delivery.ts";
import { shortText } from "../../shared/diagnosis/short-text.ts";
import type { TaskNews } from "../../shared/diagnosis/task-watch.ts";
import { targetName } from "../../shared/tasks/task.ts";
import { displayWidth, shortened } from "../terminal/display-width.ts";
import { printable } from "../terminal/printable.ts";
import { plain, type Style, styled } from "../terminal/style.ts";
import { shortId } from "./short-id.ts";
import { causeText, reportedText, taskJson } from "./task-text.ts";

/** Widths of service, process and what is said of them; longer ones are cut, for --json has them all. */
const WIDTHS = { service: 20, process: 14 };
/** What is left of a line for what is said of them, beside those, the time, the id and the gaps. */
const BESIDE = 9 + 20 + 14 + 9 + 4 * 2;
const USUAL_COLUMNS = 100;

const STYLES: Partial<Record<Delivery["status"], Style>> = { delivered: "good", dead: "bad", dropped: "warning" };

/** A line as wide as the terminal, for instance `12:00:05Z  checkout  java  ON_CPU process CPU 93 % ≥ 80 %  …7a294546`. */
export function newsText(news: TaskNews): string {
  const { task } = news.record;
  if (news.kind === "task") {
    const causes = task.causes.map(causeText).join(", ") || "no cause named";
    return line(reportedText(task), task.serviceName, task.processName, `${targetName(task)}  ${causes}`, task.taskId);
  }
  const { collector, delivery } = news;
  const { status, attempts, lastError } = delivery;
  const how = status === "delivered" && attempts > 1 ? ` after ${attempts} attempts` : "";
  const why = status === "delivered" || lastError === undefined ? "" : `: ${shortText(lastError)}`;
  const style = STYLES[status];
  const said = `${status}${how}${why}`;
  return line(delivery.at, task.serviceName, `→ ${collector}`, said, task.taskId, style);
}

/** What --json prints, on one line: a task as `tasks show` has it, or a delivery that ended. */
export function newsJson(news: TaskNews): object {
  const { task } = news.record;
  if (news.kind === "task")
    return { event: "task", at: task.reportedAt ? reportedText(task) : null, task: taskJson(news.record) };
  const { status, attempts, at, lastError = null, remoteId = null } = news.delivery;
  const { collector } = news;
  const { taskId, serviceName } = task;
  return { event: "delivery", at, taskId, serviceName, collector, status, attempts, lastError, remoteId };
}

function line(at: string, service: string, who: string, more: string, taskId: string, style?: Style): string {
  const said = fitted(more, Math.max((process.stdout.columns || USUAL_COLUMNS) - 1 - BESIDE, WIDTHS.service));
  return [
    styled("faint", timeOf(at)),
    fitted(service, WIDTHS.service),
    fitted(who, WIDTHS.process),
    style === undefined ? said : styled(style, said),
    styled("faint", printable(shortId(taskId))),
  ].join("  ");
}

/** For instance `12:00:05Z`; an ISO time is always as long. */
function timeOf(at: string): string {
  return /T(\d\d:\d\d:\d\d)/.test(at) ? `${at.slice(11, 19)}Z` : "        -";
}

function fitted(text: string, width: number): string {
  const clean = shortened(plain(printable(text)), width);
  return clean + " ".repeat(Math.max(0, width - displayWidth(clean)));
}
