import type { MessageInitShape } from "@bufbuild/protobuf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type EBPFProcessReportListSchema, EBPFProcessService } from "../../shared/gen/ebpf/profiling/Process_pb.js";
import { entity, hostProcess, ping } from "../support/agents.ts";
import { startWorld, type World } from "../support/world.ts";

// Worked out with `base64` and `openssl dgst -sha256`, for checkout on pod-1.
const JAVA_ID = "2c70e6c8b9095f9bc020d410fcc96ad7ae8e17bcfd6a9442a86b4bb3ace44a6e";
const PYTHON_ID = "1d1749af1e14a3c24af1002fc7c9d737b5c3a223ed94c302caa9005cc24b0cce";
const INVALID_ARGUMENT = 3;
const RESOURCE_EXHAUSTED = 8;

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

/** Over native gRPC, as agents call. */
const report = (request: MessageInitShape<typeof EBPFProcessReportListSchema>) =>
  world.grpc.call(EBPFProcessService.method.reportProcesses, { ebpfAgentID: "rover-1", ...request });
const keepAlive = (request: { ebpfAgentID?: string; processes?: object[] }) =>
  world.grpc.call(EBPFProcessService.method.keepAlive, { ebpfAgentID: "rover-1", ...request });

async function refusal(call: Promise<unknown>): Promise<{ code: number; details: string }> {
  const answer = await call.catch((error) => error);
  if (!(answer instanceof Error)) throw new Error("the call was answered");
  return answer as unknown as { code: number; details: string };
}

describe("reportProcesses", () => {
  it("answers every process in order, with its id, its kind, its pid and what it is called", async () => {
    const labelled = entity({ processName: "python", labels: ["canary", "größe", ""] });
    const { processes } = await report({
      processes: [
        { metadata: { case: "k8sProcess", value: { entity: labelled, pid: 41 } } },
        hostProcess(42),
        hostProcess(43), // another process of the same names
        { metadata: { case: "hostProcess", value: { entity: labelled, pid: -1 } } },
      ],
    });
    expect(processes).toMatchObject([
      { processId: PYTHON_ID, process: { case: "k8sProcess", value: { pid: 41, entityMetadata: labelled } } },
      { processId: JAVA_ID, process: { case: "hostProcess", value: { pid: 42, entityMetadata: entity() } } },
      { processId: JAVA_ID, process: { case: "hostProcess", value: { pid: 43, entityMetadata: entity() } } },
      { processId: PYTHON_ID, process: { case: "hostProcess", value: { pid: -1, entityMetadata: labelled } } },
    ]);
    expect(processes[0]?.process.value?.entityMetadata?.labels).toEqual(["canary", "größe", ""]);
  });

  it("echoes names and labels in full that are too long to be kept", async () => {
    const long = entity({ processName: "x".repeat(20_000), labels: Array(100).fill("y".repeat(1_000)) });
    const { processes } = await report({ processes: [{ metadata: { case: "hostProcess", value: { entity: long } } }] });
    expect(processes[0]?.process.value?.entityMetadata).toMatchObject(long);
  });

  it("answers blank names too: an agent ignores for good what is left out", async () => {
    const { processes } = await report({ processes: [{ metadata: { case: "hostProcess", value: { entity: {} } } }] });
    expect(processes.map(({ processId }) => processId)).toEqual([
      "91eb03f9d375424617bcb9a15f0570af56445e82b9558037b13baf1638ab39d7",
    ]);
  });

  it("answers an agent that watches nothing", async () => {
    expect((await report({ processes: [] })).processes).toEqual([]);
  });

  it("refuses what cannot be answered, with every fault at once", async () => {
    const { code, details } = await refusal(
      report({
        ebpfAgentID: " ",
        processes: [hostProcess(1), {}, { metadata: { case: "k8sProcess", value: { pid: 2 } } }],
      }),
    );
    expect(code).toBe(INVALID_ARGUMENT);
    expect(details).toContain("ebpfAgentID is missing");
    expect(details).toContain("processes[1].metadata is missing");
    expect(details).toContain("processes[2].k8sProcess.entity is missing");
    expect(details).not.toContain("processes[0]");
  });

  it("takes 10,000 processes and refuses more", async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => hostProcess(index, { processName: `p${index % 10}` }));
    const entityOnly = many.map(({ metadata: { value } }) => ({
      metadata: { case: "hostProcess" as const, value: { pid: value.pid, entity: { processName: "java" } } },
    }));
    expect((await report({ processes: entityOnly })).processes).toHaveLength(10_000);
    const { code, details } = await refusal(report({ processes: [...entityOnly, hostProcess(1)] }));
    expect(code).toBe(RESOURCE_EXHAUSTED);
    expect(details).toContain("at most 10000");
  });
});

describe("keepAlive", () => {
  it("is answered with no command", async () => {
    expect((await keepAlive({ processes: [ping(), ping({ processName: "python" })] })).commands).toEqual([]);
    expect((await keepAlive({ processes: [] })).commands).toEqual([]);
  });

  it("refuses a process without names and an agent without id", async () => {
    const { code, details } = await refusal(keepAlive({ ebpfAgentID: "", processes: [ping(), {}] }));
    expect(code).toBe(INVALID_ARGUMENT);
    expect(details).toContain("ebpfAgentID is missing");
    expect(details).toContain("processes[1].entityMetadata is missing");
  });
});

describe("an agent's id", () => {
  it("may have up to 1,024 bytes", async () => {
    await report({ ebpfAgentID: "ü".repeat(512), processes: [hostProcess(1)] });
    expect((await world.services.agentStore.get("ü".repeat(512)))?.processes).toHaveLength(1);
    const { code, details } = await refusal(
      report({ ebpfAgentID: `${"ü".repeat(512)}x`, processes: [hostProcess(1)] }),
    );
    expect(code).toBe(INVALID_ARGUMENT);
    expect(details).toContain("ebpfAgentID is longer than 1024 bytes");
  });
});

describe("what is stored of a report", () => {
  it("says of each process its kind, its pid and whether it can be profiled", async () => {
    await report({
      ebpfAgentID: "rover-2",
      processes: [
        hostProcess(1),
        {
          metadata: {
            case: "k8sProcess",
            value: { entity: entity({ processName: "nginx", labels: ["canary"] }), pid: 2 },
          },
        },
      ],
    });
    expect((await world.services.agentStore.get("rover-2"))?.processes).toMatchObject([
      { processName: "java", kind: "host", pid: 1, profilable: true },
      { processName: "nginx", kind: "k8s", pid: 2, labels: ["canary"] },
    ]);
  });
});
