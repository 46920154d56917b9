import { createQueueReader } from "../../../shared/aws/queue-reader.ts";
import { inspectQueue } from "../../../shared/diagnosis/inspect/inspect-queue.ts";
import { waitingMessages } from "../../../shared/diagnosis/waiting-messages.ts";
import { QUEUES, type QueueId, queueName } from "../../../shared/resources.ts";
import { counted } from "../../status/counted.ts";
import { type Check, type Context, type Finding, ok } from "../check.ts";
import { problemFindings } from "../problem-findings.ts";
import { resourceAdvice } from "../resource-advice.ts";

/** Whether every queue is there with its dead letters, as it is defined, nothing lies among those, and messages do not stay. */
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
    const waiting = await Promise.all(
      found.map(({ id, messages }) => (messages === 0 ? [] : waitingFinding(id, context))),
    );
    const all = [...told, ...letters, ...waiting.flat()];
    if (all.length > 0) return all;
    const messages = found.map(({ id, messages }) => `${messages} in ${id}`);
    return ok(`${ids.length} there, no dead letters; messages: ${messages.join(", ")}`);
  },
};

/** Of a queue that has messages: whether anybody takes them from there. */
async function waitingFinding(id: QueueId, { stores, isLocal }: Context): Promise<Finding[]> {
  const { count } = createQueueReader(stores.sqs, queueName(stores.stack, id));
  const { messages, isStuck } = await waitingMessages(count);
  if (!isStuck) return [];
  const advice = isLocal
    ? "`npm start` works them off: is it running, and what does its log say?"
    : `infra/RUNBOOK.md, section ${id === "tasks" ? "tasks-wait" : "deliveries-not-worked-off"}, says what to look at`;
  return [{ status: "warning", detail: `${counted(messages, "message")} in ${id}, and nobody works them off`, advice }];
}

function letterFinding(id: QueueId, count: number, { commandLine }: Context): Finding[] {
  if (count === 0) return [];
  const what = `${counted(count, "dead letter")} of ${id}`;
  const look =
    id === "tasks"
      ? commandLine("deliveries redrive --reports --dry-run")
      : commandLine("deliveries list --status dead");
  return [{ status: "warning", detail: `${what}, kept for 14 days each`, advice: `\`${look}\`` }];
}
