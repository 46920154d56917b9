import { afterAll, beforeAll, expect, it } from "vitest";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProcessService } from "../../shared/gen/ebpf/profiling/Process_pb.js";
import { cpuPolicy, servicesIn } from "../support/policies.ts";
import { startWorld, type World } from "../support/world.ts";

const POLL_MS = 10_000;
const WITHIN_MS = 70_000;
const AGENT = "node-1";
const SERVICES = Array.from({ length: 12 }, (_, index) => `shop::service-${index}`);

let world: World;
/** The server's clock; nothing but the test moves it. */
let clock = Date.UTC(2026, 0, 31, 12, 0, 3);

beforeAll(async () => {
  world = await startWorld({}, { now: () => clock });
  for (const service of SERVICES) await world.services.policyStore.put(service, cpuPolicy(80), { updatedBy: "test" });
});
afterAll(() => world.stop());

async function reportPod(serviceName: string, instanceName: string, pid: number): Promise<string> {
  const entity = { layer: "K8S_SERVICE", serviceName, instanceName, processName: "java" };
  const answer = await world.grpc.call(EBPFProcessService.method.reportProcesses, {
    ebpfAgentID: AGENT,
    processes: [{ metadata: { case: "k8sProcess", value: { entity, pid } } }],
  });
  return answer.processes[0]?.processId ?? "";
}

/** One poll. @returns the UUID that stands in the answer; undefined if the service does not. */
async function poll(serviceName: string, uuid: string): Promise<string | undefined> {
  const policies = [{ serviceName, uuid }];
  const answer = await world.grpc.call(ContinuousProfilingService.method.queryPolicies, { policies });
  return servicesIn(answer).find(({ ServiceName }) => ServiceName === serviceName)?.UUID;
}

it.each(SERVICES)("%s: after a restart its unchanged policy comes again within 70 s of polling", async (service) => {
  const oldId = await reportPod(service, "pod-a", 100);
  const uuid = await poll(service, "");
  if (uuid === undefined) throw new Error("the first poll brought no policy");

  const newId = await reportPod(service, "pod-b", 200);
  expect(newId).not.toBe(oldId);
  const restartedAt = clock;
  let heard: string | undefined;
  let quiet = 0;
  while (heard === undefined && clock - restartedAt <= WITHIN_MS) {
    clock += POLL_MS;
    heard = await poll(service, uuid);
    if (heard === undefined) quiet++;
  }
  expect(heard).toBe(uuid);
  expect(clock - restartedAt).toBeLessThanOrEqual(WITHIN_MS);

  // Only that: in between, an unchanged policy costs no answer.
  for (let polls = 0; polls < 5; polls++) {
    clock += POLL_MS;
    expect(await poll(service, uuid)).toBeUndefined();
  }
  expect(quiet).toBeLessThanOrEqual(6);
});
