import { create, type DescMethod, type Message } from "@bufbuild/protobuf";
import { makeToken, RANDOM_BYTES } from "../../shared/access/token.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProcessService } from "../../shared/gen/ebpf/profiling/Process_pb.js";
import { EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { MeterReportService } from "../../shared/gen/language-agent/Meter_pb.js";
import { entity, hostProcess, meter, ping } from "../support/agents.ts";
import { onCpu } from "../support/stacks.ts";
import { randomMessage } from "./messages.ts";
import type { Random } from "./random.ts";
import { textFor } from "./texts.ts";

/** Every RPC that agents call; those that cost the engines' work stand here less often than those that do not. */
const METHODS: readonly DescMethod[] = [
  ContinuousProfilingService.method.queryPolicies,
  ContinuousProfilingService.method.queryPolicies,
  ContinuousProfilingService.method.queryPolicies,
  ContinuousProfilingService.method.reportProfilingTask,
  EBPFProcessService.method.reportProcesses,
  EBPFProcessService.method.keepAlive,
  EBPFProfilingService.method.queryTasks,
  EBPFProfilingService.method.queryTasks,
  EBPFProfilingService.method.collectProfilingData,
  MeterReportService.method.collect,
  MeterReportService.method.collect,
  MeterReportService.method.collectBatch,
  MeterReportService.method.collectBatch,
];
const MOST_MESSAGES = 4;

export function randomMethod(random: Random): DescMethod {
  return random.pick(METHODS);
}

export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** What a call of the method carries: one message, or some for a stream. */
export function messagesFor(random: Random, method: DescMethod): Message[] {
  const count = method.methodKind === "unary" ? 1 : random.whole(0, MOST_MESSAGES);
  return Array.from({ length: count }, () =>
    random.chance(0.35)
      ? create(method.input, usualContent(random, method) as never)
      : randomMessage(random, method.input),
  );
}

/** What an agent would say. */
function usualContent(random: Random, { name }: DescMethod): object {
  const service = textFor(random, "serviceName");
  switch (name) {
    case "queryPolicies":
      return { policies: [{ serviceName: service, uuid: random.pick(["", "an old one"]) }, { serviceName: "known" }] };
    case "reportProfilingTask":
      // Always the same of a service, so that those within a minute are one task.
      return {
        ...entity({ serviceName: service }),
        causes: [{ type: 0, cause: { case: "singleValue", value: { threshold: 80, current: 93.5 } } }],
        duration: 600,
        targetTask: { case: "onCPU", value: {} },
      };
    case "reportProcesses":
      return { processes: [hostProcess(random.whole(1, 9))], ebpfAgentID: textFor(random, "ebpfAgentID") };
    case "keepAlive":
      return { processes: [ping({ serviceName: service })], ebpfAgentID: textFor(random, "ebpfAgentID") };
    case "collect":
      return meter("rover_con_p_process_cpu", random.whole(0, 100), 1_767_225_600_000, { service });
    case "collectBatch":
      return { meterData: [meter("rover_con_p_system_load", random.number(), 1_767_225_600_000, { service })] };
    case "collectProfilingData":
      return random.chance(0.1)
        ? { ...onCpu(random.whole(1, 9), "leaf", "main"), task: { taskId: textFor(random, "taskId") } }
        : { task: { taskId: textFor(random, "taskId") } };
    default:
      return {};
  }
}

/** Headers of who calls: mostly the right token, in one of the two ways. */
export function tokenHeaders(random: Random, token: string): Record<string, string> {
  if (random.chance(0.9)) return random.chance(0.8) ? { authentication: token } : { authorization: `Bearer ${token}` };
  switch (random.whole(0, 4)) {
    case 0:
      return {};
    case 1: // a character off, so that its checksum does not hold
      return { authentication: `${token.slice(0, 20)}A${token.slice(21)}` };
    case 2: // one that was never issued
      return { authentication: makeToken(random.bytes(RANDOM_BYTES)) };
    case 3:
      return { authorization: `Basic ${random.bytes(12).toString("base64")}` };
    default:
      return { authentication: random.bytes(random.whole(0, 60)).toString("base64") };
  }
}
