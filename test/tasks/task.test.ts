import { create, type MessageInitShape, toJson } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { InvalidInput } from "../../shared/errors.ts";
import { ContinuousProfilingReportSchema } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { ProfilingTaskSchema } from "../../shared/gen/flashpoint/v1/task_pb.js";
import { targetName, taskFromReport } from "../../shared/tasks/task.ts";

type Report = MessageInitShape<typeof ContinuousProfilingReportSchema>;

const NAMED = { taskId: "0198c0de-0000-7000-8000-000000000001", reportedAt: 1_770_091_506_789 };
const REPORT = {
  layer: "OS_LINUX",
  serviceName: "sqrt",
  instanceName: "sqrt@10.0.0.7",
  processName: "sqrt-server",
  duration: 600,
  causes: [{ type: 0, cause: { case: "singleValue", value: { threshold: 80, current: 97.5 } } }],
  targetTask: { case: "onCPU", value: {} },
} satisfies Report;

const taskOf = (changes: Report = {}) =>
  taskFromReport(create(ContinuousProfilingReportSchema, { ...REPORT, ...changes } as Report), NAMED);

/** The faults as `path problem`. */
function faultsOf(changes: Report): string[] {
  try {
    taskOf(changes);
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidInput);
    return (error as InvalidInput).faults.map(({ path, problem }) => `${path} ${problem}`);
  }
  return [];
}

test("a report becomes a task that carries everything the agent said", () => {
  expect(toJson(ProfilingTaskSchema, taskOf())).toEqual({
    taskId: "0198c0de-0000-7000-8000-000000000001",
    layer: "OS_LINUX",
    serviceName: "sqrt",
    instanceName: "sqrt@10.0.0.7",
    processName: "sqrt-server",
    target: "PROFILING_TARGET_ON_CPU",
    causes: [{ monitorType: "MONITOR_TYPE_PROCESS_CPU", threshold: 80, current: 97.5 }],
    durationSeconds: 600,
    reportedAt: "2026-02-03T04:05:06.789Z",
  });
});

test.each([
  ["onCPU", "ON_CPU"],
  ["offCPU", "OFF_CPU"],
  ["network", "NETWORK"],
] as const)("the target %s is called %s, as in policies", (reported, name) => {
  expect(targetName(taskOf({ targetTask: { case: reported, value: {} } }))).toBe(name);
});

// Numbers of ContinuousProfilingTriggeredMonitorType, which are facts of the wire.
test.each([
  [0, "MONITOR_TYPE_PROCESS_CPU"],
  [1, "MONITOR_TYPE_PROCESS_THREAD_COUNT"],
  [2, "MONITOR_TYPE_SYSTEM_LOAD"],
  [3, "MONITOR_TYPE_HTTP_ERROR_RATE"],
  [4, "MONITOR_TYPE_HTTP_AVG_RESPONSE_TIME"],
])("the wire's monitor type %i is %s", (type, monitorType) => {
  const task = taskOf({ causes: [{ type, cause: { case: "singleValue", value: { threshold: 1, current: 2 } } }] });
  expect(toJson(ProfilingTaskSchema, task)).toMatchObject({ causes: [{ monitorType, threshold: 1, current: 2 }] });
});

test("a cause of HTTP traffic keeps its path or its regular expression", () => {
  const task = taskOf({
    causes: [
      { type: 3, cause: { case: "uri", value: { uri: { case: "path", value: "/a" }, threshold: 5, current: 7.25 } } },
      {
        type: 4,
        cause: { case: "uri", value: { uri: { case: "regex", value: "^/b" }, threshold: 250, current: 300 } },
      },
      { type: 3, cause: { case: "singleValue", value: { threshold: 5, current: 6 } } },
    ],
  });
  expect(toJson(ProfilingTaskSchema, task)).toMatchObject({
    causes: [
      { monitorType: "MONITOR_TYPE_HTTP_ERROR_RATE", threshold: 5, current: 7.25, uriPath: "/a" },
      { monitorType: "MONITOR_TYPE_HTTP_AVG_RESPONSE_TIME", threshold: 250, current: 300, uriRegex: "^/b" },
      { monitorType: "MONITOR_TYPE_HTTP_ERROR_RATE", threshold: 5, current: 6 },
    ],
  });
});

test("a network task keeps the regular expressions that sample requests, others have none", () => {
  const samplingURIRegexes = ["^/a", "^/b$"];
  const network = taskOf({ targetTask: { case: "network", value: { samplingURIRegexes } } });
  expect(network.samplingUriRegexes).toEqual(["^/a", "^/b$"]);
  expect(taskOf({ targetTask: { case: "network", value: {} } }).samplingUriRegexes).toEqual([]);
  expect(taskOf().samplingUriRegexes).toEqual([]);
});

test("values that are no finite numbers are passed on: the agent divides by zero now and then", () => {
  const value = { threshold: Number.NaN, current: Number.POSITIVE_INFINITY };
  const task = taskOf({ causes: [{ type: 3, cause: { case: "singleValue", value } }] });
  expect(task.causes[0]).toMatchObject(value);
  expect(toJson(ProfilingTaskSchema, task)).toMatchObject({ causes: [{ threshold: "NaN", current: "Infinity" }] });
});

test.each<Report>([
  { layer: "x".repeat(2_048), instanceName: "é".repeat(1_024), processName: "x".repeat(2_048) },
  { causes: [{ type: 3, cause: { case: "uri", value: { uri: { case: "path", value: "/".repeat(4_096) } } } }] },
  { targetTask: { case: "network", value: { samplingURIRegexes: Array(1_000).fill("x".repeat(4_096)) } } },
  { layer: "" },
  { serviceName: "é".repeat(1_024) },
  { causes: [] },
  { duration: 1 },
  { duration: 86_400 },
])("a report with %j is a task", (changes) => {
  expect(faultsOf(changes)).toEqual([]);
});

describe("a report that can never succeed is refused:", () => {
  const blank = "is blank; it takes one of singleValue, uri";
  const range = "it takes seconds from 1 to 86400";
  test.each<[string, Report, string]>([
    ["no service", { serviceName: "" }, "serviceName is missing"],
    ["a service of white space", { serviceName: " \t" }, "serviceName is missing"],
    [
      "a service whose name is too long to be stored",
      { serviceName: "é".repeat(1_025) },
      "serviceName has 2050 bytes; it takes up to 2048",
    ],
    ["a layer that is too long", { layer: "x".repeat(2_049) }, "layer has 2049 bytes; it takes up to 2048"],
    [
      "an instance whose name is too long",
      { instanceName: "x".repeat(2_049) },
      "instanceName has 2049 bytes; it takes up to 2048",
    ],
    [
      "a process whose name is too long",
      { processName: "é".repeat(1_025) },
      "processName has 2050 bytes; it takes up to 2048",
    ],
    ...(["path", "regex"] as const).map((form): [string, Report, string] => [
      `a ${form} that is too long`,
      { causes: [{ type: 3, cause: { case: "uri", value: { uri: { case: form, value: "/".repeat(4_097) } } } }] },
      `causes[0].uri.${form} has 4097 bytes; it takes up to 4096`,
    ]),
    [
      "a sampling regex that is too long",
      { targetTask: { case: "network", value: { samplingURIRegexes: ["a", "x".repeat(4_097)] } } },
      "network.samplingURIRegexes[1] has 4097 bytes; it takes up to 4096",
    ],
    [
      "too many sampling regexes",
      { targetTask: { case: "network", value: { samplingURIRegexes: Array(1_001).fill("x".repeat(5_000)) } } },
      "network.samplingURIRegexes holds 1001; it takes up to 1000",
    ],
    ["no instance", { instanceName: "" }, "instanceName is missing"],
    ["no process", { processName: "" }, "processName is missing"],
    ["no target", { targetTask: { case: undefined } }, "targetTask is missing; it takes one of onCPU, offCPU, network"],
    ["no duration", { duration: 0 }, `duration is 0; ${range}`],
    ["a negative duration", { duration: -600 }, `duration is -600; ${range}`],
    ["more than a day", { duration: 86_401 }, `duration is 86401; ${range}`],
    ["a blank cause", { causes: [{ type: 0 }] }, `causes[0] ${blank}`],
    [
      "an unknown monitor type",
      { causes: [{ type: 5 as 0, cause: { case: "singleValue", value: {} } }] },
      "causes[0].type is 5, which is no monitor type",
    ],
    [
      "no URI",
      { causes: [{ type: 3, cause: { case: "uri", value: {} } }] },
      "causes[0].uri has no URI; it takes one of path, regex",
    ],
    [
      "a blank URI",
      { causes: [{ type: 3, cause: { case: "uri", value: { uri: { case: "path", value: "" } } } }] },
      "causes[0].uri has no URI; it takes one of path, regex",
    ],
  ])("%s", (_what, changes, fault) => {
    expect(faultsOf(changes)).toEqual([fault]);
  });

  test("more than 1000 causes, with one fault however many they are", () => {
    expect(faultsOf({ causes: Array(1_000).fill(REPORT.causes[0]) })).toEqual([]);
    expect(faultsOf({ causes: Array(1_001).fill(REPORT.causes[0]) })).toEqual([
      "causes holds 1001; it takes up to 1000",
    ]);
    expect(faultsOf({ causes: Array(500_000).fill({}) })).toEqual(["causes holds 500000; it takes up to 1000"]);
  });

  test("every fault at once", () => {
    const faults = faultsOf({
      serviceName: "",
      instanceName: "",
      processName: "",
      duration: 0,
      targetTask: { case: undefined },
      causes: [REPORT.causes[0] ?? {}, { type: 9 as 0 }, { type: 3, cause: { case: "uri", value: {} } }],
    });
    expect(faults.map((fault) => fault.split(" ")[0])).toEqual([
      "serviceName",
      "instanceName",
      "processName",
      "targetTask",
      "duration",
      "causes[1].type",
      "causes[1]",
      "causes[2].uri",
    ]);
  });
});
