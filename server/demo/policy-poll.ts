import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import type { GrpcCaller } from "./grpc-caller.ts";
import { argumentOf } from "./only-command.ts";

/** What the agent needs of a policy: it watches CPU only. */
export interface CpuCheck {
  threshold: number;
  period: number;
  count: number;
}

/** The policy that the agent holds of a service. */
export interface HeldPolicy {
  /** Blank for none. */
  uuid: string;
  /** When to profile ON_CPU; undefined if the policy does not ask for it. */
  check: CpuCheck | undefined;
}

export const NO_POLICY: HeldPolicy = { uuid: "", check: undefined };

/** Polls once. @returns what is held from now on; the same object if the answer says nothing new. */
export async function pollPolicy(caller: GrpcCaller, serviceName: string, held: HeldPolicy): Promise<HeldPolicy> {
  const commands = await caller.call(ContinuousProfilingService.method.queryPolicies, {
    policies: [{ serviceName, uuid: held.uuid }],
  });
  const json = argumentOf(commands, "ContinuousProfilingPolicyQuery", "ServiceWithPolicyJSON");
  const services: { ServiceName: string; UUID: string; Profiling: Profiling }[] = JSON.parse(json ?? "[]");
  const service = services.find((entry) => entry.ServiceName === serviceName);
  if (service === undefined || service.UUID === held.uuid) return held;
  const check = service.Profiling.ON_CPU?.PROCESS_CPU;
  return {
    uuid: service.UUID,
    check: check && { threshold: Number(check.Threshold), period: check.Period, count: check.Count },
  };
}

/** As much of the answer as the agent reads. */
interface Profiling {
  ON_CPU?: { PROCESS_CPU?: { Threshold: string; Period: number; Count: number } };
}
