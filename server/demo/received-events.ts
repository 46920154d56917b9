import { setTimeout as delay } from "node:timers/promises";
import { fromJson } from "@bufbuild/protobuf";
import { PROFILE_COLLECTED } from "../../shared/collectors/webhook/cloud-event.ts";
import { DeliveredProfileSchema } from "../../shared/gen/flashpoint/v1/profile_pb.js";
import { targetName } from "../../shared/tasks/task.ts";
import type { TaskStore } from "../../shared/tasks/task-store.ts";
import { type CountedStack, samplesIn } from "./counted-stack.ts";
import { pprofStacks } from "./pprof-stacks.ts";
import type { Received, RecordingCollector } from "./recording-collector.ts";

const EVENT_TIMEOUT_MS = 20_000;
const RECORD_POLL_MS = 50;
const DOWNLOAD_TIMEOUT_MS = 5_000;

interface Receiving {
  collector: RecordingCollector;
  taskId: string;
  say: (text: string) => void;
}

/**
 * Waits for the task's event, and until its record says that the collector has it.
 * @throws if it does not arrive in time or is not signed well.
 */
export async function receiveTask(options: Receiving & { taskStore: TaskStore; signal: AbortSignal }): Promise<void> {
  const { collector, taskStore, taskId, say, signal } = options;
  const received = await collector.waitFor((event) => idOf(event) === taskId, EVENT_TIMEOUT_MS);
  const { type, subject, data } = read(received);
  if (data.taskId !== taskId) throw new Error(`the event carries task ${data.taskId}, not ${taskId}`);
  say(`collector: event ${type} for ${subject} arrived, signature verified`);
  for (;;) {
    const record = await taskStore.get(taskId);
    if (record?.deliveries.demo?.status === "delivered") {
      const { task } = record;
      return say(`task: recorded once, ${targetName(task)} for ${task.durationSeconds} s; noted as delivered to demo`);
    }
    await delay(RECORD_POLL_MS, undefined, { signal });
  }
}

/**
 * Waits for so many profiles of the task, fetches each by the link in its event, and reads it.
 * @throws if one does not arrive in time, is not signed well, or cannot be fetched.
 */
export async function receiveProfiles(options: Receiving & { count: number }): Promise<CountedStack[]> {
  const { collector, taskId, count, say } = options;
  const seen = new Set<string>(); // an event may come twice
  const isNew = (event: Received): boolean => {
    const { type, data } = JSON.parse(event.body);
    return type === PROFILE_COLLECTED && data.task.taskId === taskId && !seen.has(idOf(event));
  };
  const stacks: CountedStack[] = [];
  while (seen.size < count) {
    const received = await collector.waitFor(isNew, EVENT_TIMEOUT_MS);
    seen.add(idOf(received));
    const { type, subject, data } = read(received);
    say(`collector: event ${type} for ${subject} arrived, signature verified`);
    const { downloadUrl } = fromJson(DeliveredProfileSchema, data, { ignoreUnknownFields: true });
    const file = await download(downloadUrl);
    const inFile = pprofStacks(file);
    say(`collector: fetched the profile by its link: pprof, ${file.length} bytes, ${samplesIn(inFile)} samples`);
    stacks.push(...inFile);
  }
  return stacks;
}

function idOf({ headers }: Received): string {
  return headers["webhook-id"] ?? "";
}

function read({ body, verified }: Received) {
  if (!verified) throw new Error("an event arrived, but its signature does not verify");
  return JSON.parse(body);
}

async function download(url: string): Promise<Uint8Array> {
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
  if (!response.ok) throw new Error(`the link to a profile answered ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}
