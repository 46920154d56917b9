import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { withinDeadline } from "../aws/deadline.ts";
import { expiresAt } from "../aws/expires-at.ts";
import { isKey } from "../aws/key.ts";
import { queryItems } from "../aws/query.ts";
import { isConditionFailure } from "../aws/refusals.ts";
import type { ProfilingTask } from "../gen/flashpoint/v1/task_pb.js";
import { type ActiveTask, type ActiveTasks, activeTasks, LONGEST_MS, nextStep, slotOf } from "./active-tasks.ts";
import { reportFingerprint } from "./report-fingerprint.ts";
import { targetName } from "./task.ts";

/** How asking for a slot ended. */
export type Acquisition =
  /** `slot` is the task's alone, to be given back if nothing comes of it; undefined: it was there before the task. */
  | { readonly outcome: "taken"; readonly slot: string | undefined }
  /** `active` are those that were seen. */
  | { readonly outcome: "full"; readonly active: ActiveTasks; readonly freeAt: number }
  /** Others were faster each time. */
  | { readonly outcome: "outrun" };

/** Which tasks of a service and target are active, where a budget counts them: one item each. */
export interface BudgetStore {
  /**
   * Puts a task among the active ones of its service and target unless there are `maxActive`. The same report, sent
   * again within a minute, shares the slot that it has.
   * @param signal ends it before its next request.
   * @throws Unavailable if DynamoDB does not answer; the slot may be taken then, until the task would have ended.
   */
  acquire(task: ProfilingTask, maxActive: number, signal?: AbortSignal): Promise<Acquisition>;
  /** Gives a slot back that the task has to itself still. */
  release(task: ProfilingTask, slot: string): Promise<void>;
  /** The active tasks of a service, by target; targets without any may be missing. */
  active(serviceName: string): Promise<Map<string, ActiveTasks>>;
}

/** Each try in vain means that somebody else's write went through, or that slots were given back. */
const MAX_TRIES = 40;
/** An item outlives its last task, whatever its duration. */
const KEPT_DAYS = 3;
/** A release comes after an agent has waited for SQS in vain: it gets what is left of the agent's 3 s. */
const RELEASE_DEADLINE_MS = 300;

/** How a stored task says that it is not over, as `activeTasks` reads it. */
const isActive = (name: string): string => `active.${name}.endsAt BETWEEN :now AND :latest`;
/** Only of a slot that is there: one that is not would be counted as given back, and another taken for it. */
const isOver = (name: string): string => `attribute_exists(active.${name}) AND NOT (${isActive(name)})`;

/** What takes slots off, of tasks that are over. */
function giveBack(freed: readonly string[]) {
  const names = freed.map((slot, index) => [`#f${index}`, slot] as const);
  return {
    names: Object.fromEntries(names),
    remove: names.length === 0 ? "" : ` REMOVE ${names.map(([name]) => `active.${name}`).join(", ")}`,
    areOver: names.map(([name]) => isOver(name)),
  };
}

/**
 * Never more than `maxActive` are active, however many servers write in whatever order. DynamoDB does one write of an item
 * after the other, and looks at a condition in the same step as it writes. A map of slots is made only where there is
 * none. A slot is added only if the condition counts so few slots, those of tasks that are over too, that with it they
 * are `maxActive` at most; those that the same write gives back are taken off only if the condition finds each there and
 * over. So active tasks, which are some of the slots, are never more. No slot of an active task is given back but
 * by the report that has it to itself, whose agent was told no.
 *
 * It heals itself: whoever crashes holds a slot until its task would have ended.
 */
export function createBudgetStore(options: {
  documents: DynamoDBDocumentClient;
  table: string;
  now?: () => number;
}): BudgetStore {
  const { documents, table, now = Date.now } = options;

  async function update(
    task: ProfilingTask,
    write: {
      expression: string;
      condition: string;
      names?: Record<string, string>;
      values?: Record<string, unknown>;
    },
    deadlineMs?: number,
  ): Promise<boolean> {
    const command = new UpdateCommand({
      TableName: table,
      Key: keyOf(task),
      UpdateExpression: write.expression,
      ConditionExpression: write.condition,
      ExpressionAttributeNames: write.names,
      ExpressionAttributeValues: write.values,
    });
    try {
      await withinDeadline("DynamoDB", (abortSignal) => documents.send(command, { abortSignal }), deadlineMs);
      return true;
    } catch (error) {
      if (!isConditionFailure(error)) throw error;
      return false;
    }
  }

  async function read(task: ProfilingTask): Promise<unknown> {
    const get = new GetCommand({ TableName: table, Key: keyOf(task), ConsistentRead: true });
    const { Item } = await withinDeadline("DynamoDB", (abortSignal) => documents.send(get, { abortSignal }));
    return Item?.active;
  }

  const expiry = () => ({ ":expiresAt": expiresAt(now(), KEPT_DAYS) });
  const bounds = () => ({ ":now": now(), ":latest": now() + LONGEST_MS });

  /** There is a map of slots with room for one more. */
  const take = (task: ProfilingTask, slot: string, mine: ActiveTask, maxActive: number) =>
    update(task, {
      expression: "SET active.#slot = :mine, expiresAt = :expiresAt",
      condition: "attribute_type(active, :map) AND attribute_not_exists(active.#slot) AND size(active) < :maxActive",
      names: { "#slot": slot },
      values: { ":mine": mine, ":map": "M", ":maxActive": maxActive, ...expiry() },
    });

  /** There is no map of slots. */
  const begin = (task: ProfilingTask, slot: string, mine: ActiveTask) =>
    update(task, {
      expression: "SET active = :active, expiresAt = :expiresAt",
      condition: "NOT attribute_type(active, :map)",
      values: { ":active": { [slot]: mine }, ":map": "M", ...expiry() },
    });

  /** There is room once the slots of tasks that are over are given back. */
  function takeFreed(
    task: ProfilingTask,
    { slot, freed, replaces }: { slot: string; freed: readonly string[]; replaces: boolean },
    mine: ActiveTask,
    maxActive: number,
  ): Promise<boolean> {
    const { names, remove, areOver } = giveBack(freed);
    const conditions = [
      "attribute_type(active, :map)",
      "size(active) <= :most",
      replaces ? isOver("#slot") : "attribute_not_exists(active.#slot)",
      ...areOver,
    ];
    return update(task, {
      expression: `SET active.#slot = :mine, expiresAt = :expiresAt${remove}`,
      condition: conditions.join(" AND "),
      names: { "#slot": slot, ...names },
      values: {
        ":mine": mine,
        ":map": "M",
        ":most": maxActive + freed.length - (replaces ? 0 : 1),
        ...((replaces || freed.length > 0) && bounds()), // DynamoDB refuses values that nothing uses
        ...expiry(),
      },
    });
  }

  function clean(task: ProfilingTask, freed: readonly string[]): Promise<boolean> {
    const { names, remove, areOver } = giveBack(freed);
    return update(task, {
      expression: `SET expiresAt = :expiresAt${remove}`,
      condition: areOver.join(" AND "),
      names,
      values: { ...bounds(), ...expiry() },
    });
  }

  /** The slot becomes this task's too, so that whoever took it first gives it back no more, and keeps its first time. */
  const share = (task: ProfilingTask, slot: string, held: ActiveTask, mine: ActiveTask) =>
    update(task, {
      expression: "SET active.#slot.taskId = :taskId, active.#slot.endsAt = :endsAt, expiresAt = :expiresAt",
      condition: `active.#slot.taskId = :held AND ${isActive("#slot")}`,
      names: { "#slot": slot },
      values: {
        ":taskId": mine.taskId,
        ":held": held.taskId,
        ":endsAt": Math.max(held.endsAt, mine.endsAt),
        ...bounds(),
        ...expiry(),
      },
    });

  return {
    async acquire(task, maxActive, signal) {
      const { taskId } = task;
      const reportedAt = task.reportedAt === undefined ? now() : timestampMs(task.reportedAt);
      const mine: ActiveTask = { taskId, reportedAt, endsAt: reportedAt + task.durationSeconds * 1_000 };
      const fingerprint = reportFingerprint(task);

      for (let tries = 0; tries < MAX_TRIES; tries++) {
        signal?.throwIfAborted();
        // Mostly there is room: one write, and done.
        const slot = slotOf(fingerprint);
        if (await take(task, slot, mine, maxActive)) return { outcome: "taken", slot };
        signal?.throwIfAborted();
        const stored = await read(task);
        const next = nextStep(stored, { ...mine, fingerprint }, { maxActive, now: now() });
        signal?.throwIfAborted();
        switch (next.step) {
          case "begin":
            if (await begin(task, next.slot, mine)) return { outcome: "taken", slot: next.slot };
            break;
          case "take":
            if (await takeFreed(task, next, mine, maxActive)) return { outcome: "taken", slot: next.slot };
            break;
          case "share":
            // It may be this very write, of which only the answer was lost.
            if (next.held.taskId === taskId) return { outcome: "taken", slot: next.slot };
            if (await share(task, next.slot, next.held, mine)) return { outcome: "taken", slot: undefined };
            break;
          case "refuse":
            return { outcome: "full", active: next.active, freeAt: next.freeAt };
          case "clean":
            await clean(task, next.freed);
            break;
        }
      }
      return { outcome: "outrun" };
    },

    async release(task, slot) {
      const names = { "#slot": slot };
      const values = { ":taskId": task.taskId };
      const condition = "active.#slot.taskId = :taskId";
      await update(task, { expression: "REMOVE active.#slot", condition, names, values }, RELEASE_DEADLINE_MS);
    },

    async active(serviceName) {
      const found = new Map<string, ActiveTasks>();
      if (!isKey(serviceName)) return found;
      const items = queryItems(documents, {
        TableName: table,
        KeyConditionExpression: "serviceName = :serviceName",
        ExpressionAttributeValues: { ":serviceName": serviceName },
        ConsistentRead: true,
      });
      for await (const item of items) found.set(String(item.target), activeTasks(item.active, now()));
      return found;
    },
  };
}

function keyOf(task: ProfilingTask): { serviceName: string; target: string } {
  return { serviceName: task.serviceName, target: targetName(task) };
}
