import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { v7 as uuidv7 } from "uuid";
import { stringify } from "yaml";
import { makeToken, RANDOM_BYTES, tokenHash } from "../../shared/access/token.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProcessService } from "../../shared/gen/ebpf/profiling/Process_pb.js";
import { CollectedProfileSchema } from "../../shared/gen/flashpoint/v1/profile_pb.js";
import { MonitorType, ProfilingTarget, ProfilingTaskSchema } from "../../shared/gen/flashpoint/v1/task_pb.js";
import { MeterReportService } from "../../shared/gen/language-agent/Meter_pb.js";
import type { Check, PolicyContent } from "../../shared/policies/policy.ts";
import { policyFileOf } from "../../shared/policies/policy-file.ts";
import { policySetOf } from "../../shared/policies/set/policy-set.ts";
import { hostProcess, meter } from "./agents.ts";
import { pyroscopeAt, USUAL, webhookTo } from "./collectors.ts";
import { openDeadLetters } from "./dead-letters.ts";
import { openHandEdits, TYPED_TARGETS } from "./hand-edits.ts";
import { cpuPolicy, goodReport } from "./policies.ts";
import { type StillWorld, startStillWorld } from "./still-world.ts";
import { temporaryFolder } from "./world.ts";

/** A world in which there is something of everything that a verb can tell of, and nothing moves. */
export interface ToldWorld extends StillWorld {
  /** A task with profiles, and deliveries in every state. */
  readonly taskId: string;
  /** An id under which profiles are kept, though no task of that id is known. */
  readonly unknownTaskId: string;
  /** A folder of the world's own, with `one.yaml`, the policy of one service, `wanted.yaml`, policies that
   * change much, and `faulty.yaml`. */
  readonly folder: string;
}

/** More than `why` looks at the profiles of. */
const TASKS_BEFORE = 5;
const SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:collector-AbCdEf";

export async function startToldWorld(): Promise<ToldWorld> {
  const world = await startStillWorld();
  await Promise.all([setPolicies(world), setPastPolicies(world), setCollectors(world), setTokens(world)]);
  await reportProcesses(world);
  await world.grpc.call(ContinuousProfilingService.method.reportProfilingTask, goodReport("checkout"));
  await loseReport(world);
  const ids = await recordTasks(world);
  const folder = await temporaryFolder();
  await writeFiles(folder.path);
  const stop = async (): Promise<void> => {
    await world.stop();
    await folder.remove();
  };
  return { ...world, ...ids, folder: folder.path, stop };
}

const check = (threshold: number, more: Partial<Check> = {}): Check => ({
  ...{ threshold: String(threshold), period: 10, count: 3, uriList: [], uriRegex: "" },
  ...more,
});
const BY_URI = {
  HTTP_ERROR_RATE: check(5, { uriList: ["/cart"] }),
  HTTP_AVG_RESPONSE_TIME: check(100, { uriRegex: "^/api" }),
};
/** Two policies that differ in everything that policies can differ in. */
const [STORED, WANTED]: [PolicyContent, PolicyContent] = [
  {
    targets: { ON_CPU: { PROCESS_CPU: check(80), ...BY_URI }, NETWORK: BY_URI },
    budget: { maxActive: 1 },
  },
  {
    targets: {
      ON_CPU: { PROCESS_CPU: check(70, { period: 20 }) },
      OFF_CPU: BY_URI, // of which there is a warning
      NETWORK: { ...BY_URI, HTTP_ERROR_RATE: check(5, { uriList: ["/cart", "/pay"] }) },
    },
    budget: { maxActive: 2 },
  },
];

async function writeFiles(folder: string): Promise<void> {
  const services = ["shop", "gone", "bent", "cart", "refused"].map((serviceName) => ({ serviceName, ...WANTED }));
  const plain = { serviceName: "plain", targets: cpuPolicy(80) };
  await writeFile(join(folder, "wanted.yaml"), stringify(policySetOf([...services, plain])));
  await writeFile(join(folder, "one.yaml"), stringify(policyFileOf(STORED)));
  await writeFile(join(folder, "faulty.yaml"), "services: { shop: { policy: none } }");
}

/** Policies with a past, and such as somebody has laid hands on. */
async function setPastPolicies({ services: { policyStore }, config, engines }: StillWorld): Promise<void> {
  for (const { targets, budget } of [WANTED, STORED])
    await policyStore.put("shop", targets, { updatedBy: "ops", budget });
  for (const name of ["gone", "storied"]) await policyStore.put(name, STORED.targets, { updatedBy: "ops" });
  await policyStore.delete("storied", "ops");
  const hand = openHandEdits({ config, server: { engines } });
  await hand.put("policies", { serviceName: { S: "typed" }, targets: TYPED_TARGETS });
  for (const name of ["bent", "storied"])
    await hand.put("policies", { serviceName: { S: name }, targets: { S: "none" } });
  hand.close();
}

async function setPolicies({ services: { policyStore }, config, engines }: StillWorld): Promise<void> {
  const http = { period: 30, count: 5 };
  const NETWORK = {
    HTTP_ERROR_RATE: { ...http, threshold: "5", uriList: ["/cart"], uriRegex: "" },
    HTTP_AVG_RESPONSE_TIME: { ...http, threshold: "100", uriList: [], uriRegex: "^/api" },
  };
  const more = { updatedBy: "ops", budget: { maxActive: 1 } };
  await policyStore.put("checkout", { ...cpuPolicy(80), NETWORK }, more);
  const hand = openHandEdits({ config, server: { engines } });
  await hand.put("policies", { serviceName: { S: "broken" }, targets: { S: "none" } });
  await hand.put("collectors", { name: { S: "broken" }, url: { S: "none" } });
  hand.close();
}

async function setCollectors({ services: { collectorStore, collectorHealth } }: StillWorld): Promise<void> {
  const url = "http://127.0.0.1:9/";
  const rotated = {
    previousSecret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSv",
    previousSecretUntil: soon().toISOString(),
  };
  await collectorStore.put(
    webhookTo(url, { name: "hook", events: ["tasks", "profiles"], headers: { "x-team": "a" }, ...rotated }),
  );
  await collectorStore.put(pyroscopeAt(url, { name: "flames", username: "u", password: SECRET, tenant: "t" }));
  await collectorStore.put({
    ...USUAL,
    kind: "skywalking",
    name: "oap",
    url,
    events: ["tasks"],
    authentication: SECRET,
  });
  await collectorStore.put({ ...USUAL, kind: "grpc", name: "pager", url, events: ["tasks"] });
  await collectorStore.put(webhookTo(url, { name: "idle", enabled: false }));
  await collectorHealth.failed("flames");
  await collectorHealth.pause("pager", "moves");
}

async function setTokens({ services: { tokenStore } }: StillWorld): Promise<void> {
  const createdAt = new Date().toISOString();
  const hash = (byte: number): string => tokenHash(makeToken(Buffer.alloc(RANDOM_BYTES, byte)));
  await tokenStore.put({ tokenHash: hash(1), name: "everywhere", createdAt });
  await tokenStore.put({
    tokenHash: hash(2),
    name: "shop",
    services: ["shop::*"],
    createdAt,
    expiresAt: soon().toISOString(),
  });
  await tokenStore.put({ tokenHash: hash(3), name: "gone", createdAt });
  await tokenStore.revoke(hash(3));
}

async function reportProcesses({ grpc, services: { agentStore } }: StillWorld): Promise<void> {
  const measured = [
    meter("rover_con_p_process_cpu", 93, Date.now()),
    meter("rover_con_p_http_error_rate", 7, Date.now(), { uri: "/cart" }),
  ];
  for (const each of measured) await grpc.stream(MeterReportService.method.collect, [each]);
  const processes = [hostProcess(41, { labels: ["canary"] })];
  await grpc.call(EBPFProcessService.method.reportProcesses, { ebpfAgentID: "rover-1", processes });
  const known = await agentStore.get("rover-1");
  const silent = { agentId: "rover-2", seenAt: new Date(Date.now() - 36_000_000).toISOString() };
  const nothing = { agent: undefined, parts: [], seenAt: undefined };
  await agentStore.put({ ...silent, processes: known?.processes ?? [] }, nothing);
}

/** Puts the report among the dead letters. */
async function loseReport({ engines, config, take }: StillWorld): Promise<void> {
  const [body = ""] = await take("tasks", 1);
  const letters = openDeadLetters(engines.aws, config.stack, "tasks");
  await letters.put(body, "because");
  letters.close();
}

async function recordTasks({ services }: StillWorld): Promise<Pick<ToldWorld, "taskId" | "unknownTaskId">> {
  const { taskStore, profileStore } = services;
  const [taskId, unknownTaskId] = [uuidv7(), uuidv7()];
  const at = timestampFromMs(Date.now());
  const [MONITORED, values] = [MonitorType.HTTP_ERROR_RATE, { threshold: 5, current: 7 }];
  const task = create(ProfilingTaskSchema, {
    ...{ taskId, layer: "OS_LINUX", serviceName: "checkout", instanceName: "pod-1", processName: "java" },
    ...{ target: ProfilingTarget.NETWORK, durationSeconds: 600, samplingUriRegexes: ["^/cart"], reportedAt: at },
    causes: [
      { monitorType: MONITORED, ...values, uri: { case: "uriPath", value: "/cart" } },
      { monitorType: MONITORED, ...values, uri: { case: "uriRegex", value: "^/api" } },
    ],
  });
  for (let count = 0; count < TASKS_BEFORE; count++) {
    await taskStore.record(
      create(ProfilingTaskSchema, { ...task, taskId: uuidv7({ msecs: Date.now() - 60_000 }) }),
      [],
    );
  }
  await taskStore.record(task, ["hook", "pager", "flames", "oap"]);
  const lastError = "answered 503";
  await taskStore.recordAttempt(taskId, "hook", { status: "delivered", remoteId: "incident-7" });
  await taskStore.recordAttempt(taskId, "pager", { status: "dead", lastError });
  await taskStore.recordAttempt(taskId, "flames", { status: "retrying", lastError, nextAt: soon().toISOString() });
  for (const id of [taskId, unknownTaskId]) {
    const profileId = uuidv7();
    const profile = create(CollectedProfileSchema, {
      ...{ profileId, taskId: id, processId: "41", target: ProfilingTarget.ON_CPU, objectKey: `profiles/${id}` },
      ...{ startedAt: at, flushedAt: at, collectedAt: at, objectBytes: 512n, sampleCount: 3n, totalNanos: 27_000_000n },
    });
    await profileStore.record(profile, ["hook", "flames"]);
    await profileStore.recordAttempt({ taskId: id, profileId }, "hook", {
      status: "delivered",
      remoteId: "incident-8",
    });
    await profileStore.recordAttempt({ taskId: id, profileId }, "flames", {
      status: "retrying",
      lastError,
      nextAt: soon().toISOString(),
    });
  }
  return { taskId, unknownTaskId };
}

const soon = (): Date => new Date(Date.now() + 3_600_000);
