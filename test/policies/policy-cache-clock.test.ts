import { expect, test } from "vitest";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { startWorld } from "../support/world.ts";

const targetsOf = (threshold: string) => ({
  ON_CPU: { PROCESS_CPU: { threshold, period: 10, count: 3, uriList: [], uriRegex: "" } },
});

test("a server goes by the monotonic clock that it is given: what it read is served for two seconds on it, and no longer", async () => {
  const clock = { ms: 5_000 };
  const world = await startWorld({}, { monotonicNow: () => clock.ms });
  try {
    const { policyStore } = world.services;
    const served = async (): Promise<string> => {
      const asked = { policies: [{ serviceName: "checkout", uuid: "" }] };
      const { commands } = await world.grpc.call(ContinuousProfilingService.method.queryPolicies, asked);
      return JSON.parse(commands[0]?.args[0]?.value ?? "")[0].Profiling.ON_CPU.PROCESS_CPU.Threshold;
    };
    await policyStore.put("checkout", targetsOf("80"), { updatedBy: "ada" });
    expect(await served()).toBe("80");
    await policyStore.put("checkout", targetsOf("90"), { updatedBy: "ada" });
    clock.ms += 2_000;
    expect(await served()).toBe("80");
    clock.ms += 1;
    expect(await served()).toBe("90");
  } finally {
    await world.stop();
  }
});
