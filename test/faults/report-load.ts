import { setTimeout as delay } from "node:timers/promises";
import { create, fromJsonString, toJson } from "@bufbuild/protobuf";
import pLimit from "p-limit";
import { createGrpcCaller } from "../../server/demo/grpc-caller.ts";
import { type Commands, CommandsSchema } from "../../shared/gen/common/Common_pb.js";
import {
  ContinuousProfilingReportSchema,
  ContinuousProfilingService,
} from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { goodReport, taskIdIn } from "../support/policies.ts";
import type { Chance } from "./chance.ts";
import type { SentReports } from "./sent-reports.ts";

type Report = ReturnType<typeof goodReport>;
type Send = (report: Report) => Promise<Commands>;

/** Sends reports as agents do, and sends those again that got no answer, unchanged. */
export interface ReportLoad {
  /** So many reports in a second, however long the answers take. Returns once each has its answer. */
  paced(instances: readonly string[], serviceName: string, perSecond: number): Promise<void>;
  /** As fast as answers come, so many at once. Returns once each has its answer. */
  crowded(instances: readonly string[], serviceName: string, atOnce: number): Promise<void>;
  /** How many reports were sent twice at once. */
  readonly twins: number;
  close(): void;
}

const REPORT_METHOD = ContinuousProfilingService.method.reportProfilingTask;
const ANSWER_MS = 5_000;
const RETRY_PAUSE_MS = 100;
/** Part of the reports that travels over Connect instead of gRPC. */
const CONNECT_PART = 0.2;
/** Part of the reports that is sent twice at once, over two connections. */
const TWIN_PART = 0.01;

export function createReportLoad(options: {
  /** `host:port` of the gRPC and the HTTP port. */
  grpc: string;
  http: string;
  sent: SentReports;
  chance: Chance;
  signal: AbortSignal;
}): ReportLoad {
  const { sent, chance, signal } = options;
  const caller = createGrpcCaller(options.grpc);
  const overGrpc: Send = (report) => caller.call(REPORT_METHOD, report);
  const overConnect: Send = (report) => postJson(`http://${options.http}`, report);
  let twins = 0;

  async function untilAnswered(report: Report, send: Send): Promise<void> {
    while (!signal.aborted) {
      try {
        return sent.answered(report.instanceName, taskIdIn(await send(report)));
      } catch {
        sent.unanswered();
        await delay(RETRY_PAUSE_MS, undefined, { signal }).catch(() => {});
      }
    }
  }

  async function report(instanceName: string, serviceName: string): Promise<void> {
    const content = { ...goodReport(serviceName), instanceName };
    const roads = chance("road", instanceName) < CONNECT_PART ? [overConnect, overGrpc] : [overGrpc, overConnect];
    const isTwin = chance("twin", instanceName) < TWIN_PART;
    if (isTwin) twins++;
    await Promise.all(roads.slice(0, isTwin ? 2 : 1).map((road) => untilAnswered(content, road)));
  }

  return {
    async paced(instances, serviceName, perSecond) {
      const from = performance.now();
      const reports: Promise<void>[] = [];
      for (const [index, instance] of instances.entries()) {
        const due = from + (index * 1_000) / perSecond;
        await delay(Math.max(due - performance.now(), 0), undefined, { signal }).catch(() => {});
        if (signal.aborted) break;
        reports.push(report(instance, serviceName));
      }
      await Promise.all(reports);
    },
    async crowded(instances, serviceName, atOnce) {
      const limit = pLimit(atOnce);
      await limit.map(instances, (instance) => report(instance, serviceName));
    },
    get twins() {
      return twins;
    },
    close: () => caller.close(),
  };
}

async function postJson(httpUrl: string, report: Report): Promise<Commands> {
  const response = await fetch(`${httpUrl}/${REPORT_METHOD.parent.typeName}/${REPORT_METHOD.name}`, {
    method: "POST",
    headers: { "content-type": "application/json", "connect-protocol-version": "1" },
    body: JSON.stringify(toJson(ContinuousProfilingReportSchema, create(ContinuousProfilingReportSchema, report))),
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  if (!response.ok) throw new Error(`answered ${response.status}`);
  return fromJsonString(CommandsSchema, await response.text());
}
