import type { MessageInitShape } from "@bufbuild/protobuf";
import { ContinuousProfilingService } from "../../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProcessService } from "../../../shared/gen/ebpf/profiling/Process_pb.js";
import { goodReport } from "../../support/policies.ts";
import { CALLS, type HostileCase, type HostileGroup, on, PROTO } from "../hostile-case.ts";
import { saying, sendCall } from "../send-call.ts";

const { reportProfilingTask } = ContinuousProfilingService.method;
const { keepAlive } = EBPFProcessService.method;
type Report = MessageInitShape<typeof reportProfilingTask.input>;

const cause = { type: 0, cause: { case: "singleValue" as const, value: { threshold: 80, current: 93 } } };

/** A report that is well but for this. */
function report(name: string, changes: Report, hosts: readonly (typeof CALLS)[number][] = CALLS): HostileCase {
  return {
    name,
    answers: on(hosts, "invalid_argument"),
    send: (host, doors) => {
      const message = { ...goodReport("checkout"), ...changes } as Report;
      return sendCall(host, doors, { method: reportProfilingTask, ...saying(reportProfilingTask.input, message) });
    },
  };
}

export const reports: HostileGroup = {
  title: "Values that cannot be",
  cases: [
    report("a report of 1,001 causes", { causes: Array(1_001).fill(cause) }),
    report("a service whose name has 2,049 bytes", { serviceName: "x".repeat(2_049) }),
    report("an instance whose name has 100,000 bytes", { instanceName: "x".repeat(100_000) }),
    report("a path of 4,097 bytes", {
      causes: [{ type: 3, cause: { case: "uri", value: { uri: { case: "path", value: "/".repeat(4_097) } } } }],
    }),
    report("1,001 regular expressions", {
      targetTask: { case: "network", value: { samplingURIRegexes: Array(1_001).fill("a") } },
    }),
    report("profiling for no time", { duration: 0 }),
    report("profiling for less than none", { duration: -600 }),
    report("profiling for 68 years", { duration: 2_147_483_647 }),
    report("a monitor type that there is not", { causes: [{ ...cause, type: 99 as 0 }] }, PROTO),
    report("nothing to profile", { targetTask: { case: undefined } }),
    {
      name: "an agent whose id has 1,025 bytes",
      answers: on(CALLS, "invalid_argument"),
      send: (host, doors) =>
        sendCall(host, doors, { method: keepAlive, ...saying(keepAlive.input, { ebpfAgentID: "x".repeat(1_025) }) }),
    },
  ],
};
