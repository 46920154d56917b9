import { type CallOptions, type Client, createClient } from "@connectrpc/connect";
import type { Commands } from "../../gen/common/Common_pb.js";
import { ContinuousProfilingService } from "../../gen/ebpf/profiling/Continuous_pb.js";
import type { DeliveredEvent } from "../delivered-event.ts";
import type { SendContext } from "../kind.ts";
import type { Outcome } from "../outcome.ts";
import { callCollector } from "../rpc/call-collector.ts";
import { openGrpc } from "../rpc/connection.ts";
import { reportFromTask } from "./report-from-task.ts";
import type { SkyWalkingCollector } from "./skywalking-collector.ts";

/** Longest task id that is kept; an OAP's own has 64 characters. */
const MAX_REMOTE_ID = 256;

/** Reports a task by `skywalking.v3.ContinuousProfilingService/reportProfilingTask`, as the agent did. */
export async function reportToOap(
  collector: SkyWalkingCollector,
  event: DeliveredEvent,
  { egress }: SendContext,
): Promise<Outcome> {
  if (event.case !== "taskReported") return { kind: "dropped", reason: "SkyWalking takes tasks, not profiles" };
  const report = reportFromTask(event.task);
  if (report === undefined) return { kind: "dropped", reason: "SkyWalking has no task of this target" };
  return callOap(collector, egress, async (oap, options) => {
    const remoteId = taskIdIn(await oap.reportProfilingTask(report, options));
    // An OAP names every task that it takes, so no other attempt would change the answer.
    if (remoteId === "") return { kind: "refused", reason: "answered without a task id; is it a SkyWalking OAP?" };
    return { kind: "delivered", remoteId };
  });
}

/** Asks for the policies of no service: whoever may, may report, and nothing comes of it. */
export function askOap(collector: SkyWalkingCollector, { egress }: SendContext): Promise<Outcome> {
  return callOap(collector, egress, async (oap, options) => {
    await oap.queryPolicies({ policies: [] }, options);
    return { kind: "delivered" };
  });
}

async function callOap(
  collector: SkyWalkingCollector,
  egress: SendContext["egress"],
  call: (oap: Client<typeof ContinuousProfilingService>, options: CallOptions) => Promise<Outcome>,
): Promise<Outcome> {
  const { url, authentication } = collector;
  const { transport, close } = openGrpc(url, egress);
  const oap = createClient(ContinuousProfilingService, transport);
  const own = authentication === undefined ? {} : { own: { authentication }, secrets: [authentication] };
  try {
    return await callCollector(collector, own, (options) => call(oap, options));
  } finally {
    close();
  }
}

/** What the OAP calls the task, fit to be shown; blank if it does not say. */
function taskIdIn({ commands }: Commands): string {
  const named = commands.find(({ command }) => command === "ContinuousProfilingReportTask");
  const taskId = named?.args.find(({ key }) => key === "TaskId")?.value ?? "";
  return taskId
    .replace(/\p{Cc}/gu, "")
    .trim()
    .slice(0, MAX_REMOTE_ID)
    .toWellFormed();
}
