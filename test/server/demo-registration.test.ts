import { once } from "node:events";
import { createServer } from "node:http2";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGrpcCaller, type GrpcCaller } from "../../server/demo/grpc-caller.ts";
import { reportProcess } from "../../server/demo/process-registration.ts";
import {
  EBPFProcessService,
  type EBPFReportProcessDownstreamSchema,
} from "../../shared/gen/ebpf/profiling/Process_pb.js";

type Answer = MessageInitShape<typeof EBPFReportProcessDownstreamSchema>;

const NAMES = { serviceName: "checkout", instanceName: "pod-1", processName: "node" };
const ENTITY = { ...NAMES, layer: "OS_LINUX", labels: ["demo"] };
const UNUSABLE = "an agent would ignore it for good";

/** A backend that answers as it is told to. */
const server = createServer(
  connectNodeAdapter({ routes: (router) => router.service(EBPFProcessService, { reportProcesses: () => answer }) }),
);
let answer: Answer = {};
let caller: GrpcCaller;

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  caller = createGrpcCaller(`127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`);
});
afterAll(() => {
  caller.close();
  server.close();
});

function answering(processId: string, pid: number, entityMetadata = ENTITY): Answer {
  return { processes: [{ processId, process: { case: "hostProcess", value: { pid, entityMetadata } } }] };
}

describe("the agent's report of its process", () => {
  const report = () => reportProcess(caller, { ...NAMES, pid: 7 }, "agent");

  it("gives the id that the answer names", async () => {
    answer = answering("id", 7);
    expect(await report()).toEqual({ processId: "id" });
  });

  it.each<[string, Answer]>([
    ["leaves it out", {}],
    ["names no id", answering("", 7)],
    ["is about another pid", answering("id", 8)],
    ["changes its labels", answering("id", 7, { ...ENTITY, labels: [] })],
    ["changes its layer", answering("id", 7, { ...ENTITY, layer: "GENERAL" })],
  ])("fails if the answer %s", async (_, told) => {
    answer = told;
    await expect(report()).rejects.toThrow(UNUSABLE);
  });
});
