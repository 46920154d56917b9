/** Sends reports at a fixed rate, in a process of its own, whatever becomes of those before. */
import http from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { status } from "@grpc/grpc-js";
import { v7 as uuidv7 } from "uuid";
import { createGrpcCaller, isRpcFailure } from "../../server/demo/grpc-caller.ts";
import { taskReportedEvent } from "../../shared/collectors/webhook/cloud-event.ts";
import { errorText } from "../../shared/errors.ts";
import {
  ContinuousProfilingReportSchema,
  ContinuousProfilingService,
  ContinuousProfilingTriggeredMonitorType,
} from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { taskFromReport } from "../../shared/tasks/task.ts";
import { clock } from "./clock.ts";
import { type LoadRequest, type LoadResult, markOf } from "./load.ts";

/** So many services report in turn. */
const SERVICES = 10;
/** Until the first report is due. */
const LEAD_MS = 100;
/** As many connections to the collector as Flashpoint keeps. */
const SOCKETS = 32;

type Send = (number: number) => Promise<void>;
type Report = MessageInitShape<typeof ContinuousProfilingReportSchema>;

process.on("message", async (request: LoadRequest) => {
  process.send?.(await load(request));
});
process.once("disconnect", () => process.exit());

async function load({ to, run, rate, seconds }: LoadRequest): Promise<LoadResult> {
  const { send, close } = "url" in to ? straightTo(to.url, run) : reportsTo(to.grpcPort, run);
  const count = Math.round(rate * seconds);
  const answeredAt = new Array<number>(count).fill(0);
  const failures: Record<string, number> = {};
  const open = new Set<Promise<void>>();
  const cpu = process.cpuUsage();
  const startedAt = clock() + LEAD_MS;
  for (let number = 0; number < count; ) {
    const wait = startedAt + (number * 1_000) / rate - clock();
    if (wait > 0) {
      await delay(wait); // up to 1 ms too long; that counts against whoever is measured, and the same for all
      continue;
    }
    const own = number++;
    const sent: Promise<void> = send(own)
      .then(() => {
        answeredAt[own] = clock();
      })
      .catch((error) => {
        const why = reasonOf(error);
        failures[why] = (failures[why] ?? 0) + 1;
      })
      .finally(() => open.delete(sent));
    open.add(sent);
    // Once in a while, or a load that is late would not hear the answers.
    if (own % 50 === 49) await new Promise((resolve) => setImmediate(resolve));
  }
  await Promise.all(open); // each has a bound of its own
  close();
  const { user, system } = process.cpuUsage(cpu);
  return { startedAt, answeredAt, failures, cpuMs: (user + system) / 1_000, elapsedMs: clock() - startedAt };
}

/** Without what differs from call to call. */
function reasonOf(error: unknown): string {
  return isRpcFailure(error) ? (status[error.code] ?? String(error.code)) : errorText(error);
}

/** As agents report: unary calls over native gRPC. */
function reportsTo(port: number, run: string): { send: Send; close(): void } {
  const caller = createGrpcCaller(`127.0.0.1:${port}`);
  const { reportProfilingTask } = ContinuousProfilingService.method;
  return {
    async send(number) {
      const { commands } = await caller.call(reportProfilingTask, reportOf(run, number));
      if (commands.length !== 1) throw new Error(`the answer has ${commands.length} commands`);
    },
    close: caller.close,
  };
}

/** The event that the report would become, sent to the collector without anybody in between. */
function straightTo(url: string, run: string): { send: Send; close(): void } {
  const agent = new http.Agent({ keepAlive: true, maxSockets: SOCKETS });
  return {
    send(number) {
      const reportedAt = Date.now();
      const report = create(ContinuousProfilingReportSchema, reportOf(run, number));
      const task = taskFromReport(report, { taskId: uuidv7({ msecs: reportedAt }), reportedAt });
      const body = JSON.stringify(
        taskReportedEvent({ ...task, reportedAt: timestampFromMs(reportedAt) }, { id: task.taskId, stack: "bench" }),
      );
      return post(url, agent, body);
    },
    close: () => agent.destroy(),
  };
}

function post(url: string, agent: http.Agent, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/cloudevents+json", "content-length": Buffer.byteLength(body) };
    const request = http.request(url, { method: "POST", agent, headers, timeout: 5_000 }, (response) => {
      response.resume();
      response.once("end", () => {
        if (response.statusCode === 204) resolve();
        else reject(new Error(`answered ${response.statusCode}`));
      });
    });
    request.once("timeout", () => request.destroy(new Error("no answer in time")));
    request.once("error", reject);
    request.end(body);
  });
}

function reportOf(run: string, number: number): Report {
  const threshold = 80;
  const current = 80 + (number % 20);
  return {
    layer: "OS_LINUX",
    serviceName: `shop::checkout-${number % SERVICES}`,
    instanceName: `pod-${number % 1_000}`,
    processName: markOf(run, number), // so that no report is the same as another
    duration: 600,
    targetTask: { case: "onCPU", value: {} },
    causes: [
      {
        type: ContinuousProfilingTriggeredMonitorType.ProcessCPU,
        cause: { case: "singleValue", value: { threshold, current } },
      },
    ],
  };
}
