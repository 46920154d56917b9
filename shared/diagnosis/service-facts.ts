import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { StoredProcess } from "../agent/agent-item.ts";
import type { AgentStore } from "../agent/agent-store.ts";
import type { MeasuredValue } from "../agent/measured-values.ts";
import type { CollectorStore } from "../collectors/collector-store.ts";
import { recipientOf, wants } from "../collectors/recipient.ts";
import type { StoredPolicy } from "../policies/policy-item.ts";
import type { PolicyStore } from "../policies/policy-store.ts";
import type { ProfileRecord } from "../profiles/profile-item.ts";
import type { ProfileStore } from "../profiles/profile-store.ts";
import type { TaskRecord } from "../tasks/task-item.ts";
import type { TaskStore } from "../tasks/task-store.ts";

/** An agent as far as it watches processes of the service. */
export interface WatchingAgent {
  readonly agentId: string;
  /** When it was heard last, as of the last write: up to five minutes too old. ISO 8601. */
  readonly seenAt: string;
  readonly processes: readonly StoredProcess[];
}

/** A trigger with what became of it. */
export interface TriggeredTask extends TaskRecord {
  /** Of the newest tasks only, oldest first. */
  readonly profiles?: readonly ProfileRecord[];
}

/** All that is known of why a service was profiled or was not. */
export interface ServiceFacts {
  readonly serviceName: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Undefined: there is none. */
  readonly policy: StoredPolicy | undefined;
  /** Agents that watch the service. */
  readonly agents: readonly WatchingAgent[];
  /** Services that any agent watches. */
  readonly heardServices: readonly string[];
  /** Triggers of the last TRIGGER_HOURS, newest first, MAX_TASKS at most. */
  readonly tasks: readonly TriggeredTask[];
  /** Names of the collectors that take new tasks of the service. */
  readonly collectors: readonly string[];
}

/** How far back triggers count. */
export const TRIGGER_HOURS = 48;
export const MAX_TASKS = 1_000;
/** Of how many of them the profiles are looked at. */
const TASKS_WITH_PROFILES = 5;

/** @throws Unavailable if DynamoDB does not tell. */
export async function gatherFacts(
  serviceName: string,
  sources: {
    policyStore: Pick<PolicyStore, "get">;
    agentStore: Pick<AgentStore, "list">;
    taskStore: Pick<TaskStore, "list">;
    profileStore: Pick<ProfileStore, "list">;
    collectorStore: Pick<CollectorStore, "list">;
    /** What a server says was measured lately, which is newer than what is stored. */
    live?: readonly MeasuredValue[] | undefined;
    now?: number;
  },
): Promise<ServiceFacts> {
  const { policyStore, agentStore, taskStore, profileStore, collectorStore, live, now = Date.now() } = sources;
  const [policy, agents, recorded, collectors] = await Promise.all([
    policyStore.get(serviceName),
    agentStore.list(),
    taskStore.list({ serviceName, limit: MAX_TASKS }),
    collectorStore.list(),
  ]);
  const recent = recorded.filter(({ task }) => reportedAt(task) > now - TRIGGER_HOURS * 3_600_000);
  const tasks = recent.map(async (record, index): Promise<TriggeredTask> => {
    if (index >= TASKS_WITH_PROFILES) return record;
    return { ...record, profiles: await profileStore.list(record.task.taskId) };
  });
  return {
    serviceName,
    now,
    policy,
    agents: agents.flatMap(({ agentId, seenAt, processes }) => {
      const own = processes.filter((process) => process.serviceName === serviceName);
      return own.length === 0 ? [] : [{ agentId, seenAt, processes: own.map((process) => withLive(process, live)) }];
    }),
    heardServices: [...new Set(agents.flatMap(({ processes }) => processes.map((process) => process.serviceName)))],
    tasks: await Promise.all(tasks),
    collectors: collectors
      .filter(({ name, item }) => wants(recipientOf(name, item), "tasks", serviceName))
      .map(({ name }) => name),
  };
}

/** When a task was reported, in ms since the epoch. */
export function reportedAt(task: TaskRecord["task"]): number {
  return task.reportedAt === undefined ? 0 : timestampMs(task.reportedAt);
}

function withLive(process: StoredProcess, live: readonly MeasuredValue[] | undefined): StoredProcess {
  const values = live?.filter(
    ({ instanceName, processName }) => instanceName === process.instanceName && processName === process.processName,
  );
  return values === undefined || values.length === 0 ? process : { ...process, values };
}
