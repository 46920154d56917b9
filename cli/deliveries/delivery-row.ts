import type { Deliveries, Delivery } from "../../shared/deliveries/delivery.ts";
import type { ProfileStore } from "../../shared/profiles/profile-store.ts";
import type { TaskRecord } from "../../shared/tasks/task-item.ts";
import type { TaskStore } from "../../shared/tasks/task-store.ts";

/** One delivery, in the shape that --json prints. */
export interface DeliveryRow {
  event: "task" | "profile";
  eventId: string;
  taskId: string;
  profileId: string | null;
  serviceName: string;
  collector: string;
  status: Delivery["status"];
  attempts: number;
  lastError: string | null;
  remoteId: string | null;
  /** When the next attempt is due, while it is `retrying`; ISO 8601. */
  nextAt: string | null;
  at: string;
}

/** Which deliveries are asked for; what is not given is not looked at. */
export interface DeliveryQuery {
  serviceName?: string;
  collector?: string;
  statuses?: readonly Delivery["status"][];
  /** Of tasks reported since then, ms since the epoch. */
  sinceMs?: number;
}

/** Tasks whose profiles are read at once. */
const CONCURRENT_TASKS = 8;
const PAGE = 100;

/**
 * The first `limit` deliveries that fit: newest task first, and of each its newest profile first and itself last. No more
 * is kept than those of a few tasks.
 */
export async function readDeliveryRows(
  { taskStore, profileStore }: { taskStore: Pick<TaskStore, "newestFirst">; profileStore: ProfileReader },
  { collector, statuses, ...query }: DeliveryQuery,
  limit: number,
): Promise<DeliveryRow[]> {
  const fits = (row: DeliveryRow): boolean =>
    (collector === undefined || row.collector === collector) &&
    (statuses === undefined || statuses.includes(row.status));
  const rows: DeliveryRow[] = [];

  async function rowsOf(record: TaskRecord, most: number): Promise<DeliveryRow[]> {
    const fitting: DeliveryRow[] = [];
    for await (const row of rowsOfTask(record, profileStore)) {
      if (fits(row)) fitting.push(row);
      if (fitting.length >= most) break;
    }
    return fitting;
  }

  for await (const records of inRuns(taskStore.newestFirst({ ...query, pageSize: PAGE }), CONCURRENT_TASKS)) {
    const found = await Promise.all(records.map((record) => rowsOf(record, limit - rows.length)));
    rows.push(...found.flat());
    if (rows.length >= limit) break;
  }
  return rows.slice(0, limit);
}

type ProfileReader = Pick<ProfileStore, "newestFirst">;

async function* rowsOfTask({ task, deliveries }: TaskRecord, profiles: ProfileReader): AsyncGenerator<DeliveryRow> {
  const { taskId, serviceName } = task;
  for await (const { profile, deliveries: ofProfile } of profiles.newestFirst(taskId, PAGE)) {
    const { profileId } = profile;
    yield* rowsIn(ofProfile, { event: "profile", eventId: profileId, taskId, profileId, serviceName });
  }
  yield* rowsIn(deliveries, { event: "task", eventId: taskId, taskId, profileId: null, serviceName });
}

function rowsIn(
  deliveries: Deliveries,
  event: Pick<DeliveryRow, "event" | "eventId" | "taskId" | "profileId" | "serviceName">,
): DeliveryRow[] {
  return Object.entries(deliveries).map(([collector, { status, attempts, lastError, remoteId, nextAt, at }]) => ({
    ...event,
    collector,
    status,
    attempts,
    lastError: lastError ?? null,
    remoteId: remoteId ?? null,
    nextAt: (status === "retrying" ? nextAt : undefined) ?? null,
    at,
  }));
}

async function* inRuns<T>(items: AsyncIterable<T>, length: number): AsyncGenerator<T[]> {
  let run: T[] = [];
  for await (const item of items) {
    run.push(item);
    if (run.length < length) continue;
    yield run;
    run = [];
  }
  if (run.length > 0) yield run;
}
