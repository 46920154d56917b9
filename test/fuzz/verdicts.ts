import { setTimeout as delay } from "node:timers/promises";
import { deadLetterQueueName, queueName, tableName } from "../../shared/resources.ts";
import { openEngines } from "../support/engines.ts";
import { type FuzzedServer, STACK } from "./fuzzed-server.ts";
import type { Look } from "./tally.ts";

/** Something that Flashpoint promises, beside what was seen of it. */
export interface Verdict {
  readonly promise: string;
  readonly measured: string;
  readonly isHeld: boolean;
}

const LOOK_MS = 500;
/** Cases before memory counts: by then all is loaded, compiled and connected. */
export const WARM_UP = 5_000;
/**
 * How much more may live on after that: some for what comes and goes, in MiB, and some for each case, in bytes. What is
 * remembered of names, tokens and values has bounds, but only after a million cases does it come near them.
 */
const MOST_GROWTH = { mebibytes: 16, bytesPerCase: 64 };
/** Sockets more than at the start: the AWS SDK's clients keep up to 50 open each. */
const MOST_SOCKETS = 150;

/** Whether what was promised is there, as soon as it is or there is no patience left. */
export async function judgeRecords(options: {
  server: FuzzedServer;
  /** Ids that reports were answered with. */
  taskIds: ReadonlySet<string>;
  signal: AbortSignal;
  /** By `performance.now()`. */
  patience: number;
}): Promise<Verdict[]> {
  const { server, taskIds, signal, patience } = options;
  const engines = openEngines(server.aws);
  const countAll = async (queues: readonly string[]): Promise<number> => {
    const counts = await Promise.all(queues.map((queue) => engines.countMessages(queue)));
    return counts.reduce((sum, count) => sum + count, 0);
  };
  try {
    const queues = [queueName(STACK, "tasks"), queueName(STACK, "deliveries")];
    let left = await countAll(queues);
    while (left > 0 && performance.now() < patience && !signal.aborted) {
      await delay(LOOK_MS, undefined, { signal }).catch(() => {});
      left = await countAll(queues);
    }
    const dead = await countAll([deadLetterQueueName(STACK, "tasks"), deadLetterQueueName(STACK, "deliveries")]);
    const recorded = new Set((await engines.scanTasks(tableName(STACK, "tasks"))).map(({ taskId }) => taskId));
    const aliases = await engines.scanAliases(tableName(STACK, "reports"));
    const lost = [...taskIds].filter((id) => !recorded.has(aliases.get(id) ?? id));
    return [
      {
        promise: "every message is done with or a dead letter",
        measured: `${left} left in the queues, ${dead} dead letters`,
        isHeld: left === 0,
      },
      {
        promise: "every report that was answered is recorded",
        measured: `${taskIds.size} answered, ${lost.length} lost${lost.length > 0 ? `, ${lost[0]} for one` : ""}`,
        isHeld: lost.length === 0 && taskIds.size > 0,
      },
    ];
  } finally {
    engines.close();
  }
}

/** Whether memory and sockets are about what they were once all was warm. */
export function judgeMemory(looks: readonly Look[]): Verdict[] {
  const [first, last] = [looks[0], looks.at(-1)];
  if (first === undefined || last === undefined) return [];
  const warm = looks.find(({ cases }) => cases >= WARM_UP) ?? last;
  const most = MOST_GROWTH.mebibytes + ((last.cases - warm.cases) * MOST_GROWTH.bytesPerCase) / 2 ** 20;
  return (["server", "lambda"] as const).flatMap((process): Verdict[] => {
    const [before, after] = [warm[process], last[process]];
    const grown = after.heap + after.external - before.heap - before.external;
    const of = (name: "heap" | "rss"): string => `${before[name].toFixed(0)} → ${after[name].toFixed(0)} MiB`;
    return [
      {
        promise: `the ${process}'s memory stays`,
        measured: `heap ${of("heap")}, RSS ${of("rss")} since case ${warm.cases}; ${grown.toFixed(0)} of ${most.toFixed(0)} MiB`,
        isHeld: grown <= most,
      },
      {
        promise: `the ${process} lets go of its sockets`,
        measured: `${first[process].sockets} at the start, ${after.sockets} at the end`,
        isHeld: after.sockets <= first[process].sockets + MOST_SOCKETS,
      },
    ];
  });
}
