import { inspectQueue } from "../../../shared/diagnosis/inspect/inspect-queue.ts";
import { QUEUES, type QueueId } from "../../../shared/resources.ts";
import { counted } from "../../status/counted.ts";
import { type Check, type Context, type Finding, ok } from "../check.ts";
import { problemFindings } from "../problem-findings.ts";
import { resourceAdvice } from "../resource-advice.ts";

/** Whether every queue is there with its dead letters, as it is defined, and nothing lies among those. */
export const queues: Check = {
  name: "queues",
  needs: ["credentials"],
  async run(context) {
    const { stores, isLocal } = context;
    const ids = Object.keys(QUEUES) as QueueId[];
    const found = await Promise.all(
      ids.map(async (id) => ({ id, ...(await inspectQueue(stores.sqs, stores.stack, id)) })),
    );
    const problems = found.flatMap((queue) => queue.problems);
    const told = problemFindings(problems, {
      all: "queues",
      count: 2 * ids.length,
      advice: (problem) => resourceAdvice(problem, isLocal),
      breaks: (names) => names.map((name) => `queues/${name.slice(stores.stack.length + 1)}`),
    });
    const letters = found.flatMap(({ id, deadLetters = 0 }) => letterFinding(id, deadLetters, context));
    if (told.length + letters.length > 0) return [...told, ...letters];
    const messages = found.map(({ id, messages }) => `${messages} in ${id}`);
    return ok(`${ids.length} there with their dead letters, none of those; messages: ${messages.join(", ")}`);
  },
};

function letterFinding(id: QueueId, count: number, { commandLine }: Context): Finding[] {
  if (count === 0) return [];
  const what = `${counted(count, "dead letter")} of ${id}`;
  const look =
    id === "tasks"
      ? commandLine("deliveries redrive --reports --dry-run")
      : commandLine("deliveries list --status dead");
  return [{ status: "warning", detail: `${what}, kept for 14 days each`, advice: `\`${look}\`` }];
}
