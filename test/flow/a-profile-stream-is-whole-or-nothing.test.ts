import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Commands } from "../../shared/gen/common/Common_pb.js";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { FieldFaultsSchema } from "../../shared/gen/flashpoint/v1/fault_pb.js";
import type { CollectedProfile } from "../../shared/gen/flashpoint/v1/profile_pb.js";
import { ProfilingTaskSchema } from "../../shared/gen/flashpoint/v1/task_pb.js";
import { readTaskMessage } from "../../shared/messages/task-message.ts";
import { type LambdaServer, startLambdaDoor } from "../support/lambda-server.ts";
import { goodReport, taskIdIn } from "../support/policies.ts";
import { type PprofFile, readPprof, totalsOf } from "../support/pprof-file.ts";
import { asConnectError } from "../support/roads.ts";
import { type SendStacks, STACK_ROADS } from "../support/stack-roads.ts";
import { flushOf, onCpu, type StackMessage } from "../support/stacks.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";
import { type SwitchableProxy, startSwitchableProxy } from "../support/switchable-proxy.ts";
import { until } from "../support/until.ts";

const { collectProfilingData } = EBPFProfilingService.method;
const { reportProfilingTask } = ContinuousProfilingService.method;

/** protocol.md: every wait inside the server is bounded by this. */
const PATIENCE_MS = 3_000;
const PERIOD = 9_000_000n;
const KB = 1_024;

let world: StillWorld;
let lambda: LambdaServer;
/** Between the services and each engine. */
const proxies: Record<"dynamodb" | "sqs" | "s3", SwitchableProxy> = Object.create(null);

beforeAll(async () => {
  world = await startStillWorld({}, async ({ dynamodb, sqs }) => {
    proxies.dynamodb = await startSwitchableProxy(dynamodb.port);
    proxies.sqs = await startSwitchableProxy(sqs.port);
    proxies.s3 = await startSwitchableProxy(sqs.port); // one embedded engine speaks both
    const at = ({ port }: SwitchableProxy): string => `http://127.0.0.1:${port}`;
    return { dynamodbEndpoint: at(proxies.dynamodb), sqsEndpoint: at(proxies.sqs), s3Endpoint: at(proxies.s3) };
  });
  lambda = await startLambdaDoor(world.services);
});
afterAll(async () => {
  await lambda.close();
  await world.stop();
  await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
});
/** Whatever a test leaves would be another's surprise. */
afterEach(async () => {
  await world.services.profileStorage.delete(await world.bucket.keys());
  while ((await world.take("tasks", 0)).length > 0);
});

const overGrpc = (messages: Iterable<StackMessage>, timeoutMs: number): Promise<Commands> =>
  world.grpc.stream(collectProfilingData, messages, { timeoutMs }).catch(asConnectError);
const roadOf = (open: (typeof STACK_ROADS)[string]): SendStacks => open({ ...world, lambdaUrl: lambda.url });

async function refusal(call: Promise<unknown>): Promise<ConnectError> {
  return call.then(
    () => {
      throw new Error("the call was answered");
    },
    (reason) => ConnectError.from(reason),
  );
}

/** Waits until nothing is left in the bucket, and sees that nothing was announced. */
async function expectNothing(): Promise<void> {
  await until("the bucket is empty", async () => ((await world.bucket.keys()).length === 0 ? true : undefined));
  expect(await world.take("tasks", 0)).toEqual([]);
}

/** The profiles that were announced, `least` or more, each with its file. */
async function announced(least: number): Promise<{ profile: CollectedProfile; pprof: PprofFile }[]> {
  const profiles = (await world.take("tasks", least)).map((body) => {
    const { event } = readTaskMessage(body);
    if (event.case !== "profileCollected") throw new Error("something else was announced");
    return event.value;
  });
  return Promise.all(
    profiles.map(async (profile) => ({
      profile,
      pprof: readPprof(await world.services.profileStorage.read(profile.objectKey)),
    })),
  );
}

/** Messages of this many KB each, without an end; all symbols differ. */
function* endless(taskId: string, kilobytes: number): Iterable<StackMessage> {
  const next = (index: number): StackMessage =>
    onCpu(1, ...Array.from({ length: kilobytes }, (_, row) => `${index}.${row} `.padEnd(KB - 3, "x")));
  yield* flushOf(taskId, [next(0)]);
  for (let index = 1; ; index++) yield next(index);
}

describe.each(Object.entries(STACK_ROADS))("a stream over %s", (_name, open) => {
  it("that is whole is in the bucket and announced when it is answered", async () => {
    const send = roadOf(open);
    const answer = await send([
      ...flushOf("one", [onCpu(3, "leaf", "main"), onCpu(4, "main")]),
      ...flushOf("two", [onCpu(5, "main")]),
    ]);
    expect(answer.commands).toEqual([]);
    const found = (await announced(2)).map(({ profile, pprof }) => [profile.taskId, ...totalsOf(pprof)]);
    expect(found.sort()).toEqual([
      ["one", 7n, 7n * PERIOD],
      ["two", 5n, 5n * PERIOD],
    ]);
  });

  it("without a message is answered, and leaves nothing", async () => {
    expect((await roadOf(open)([])).commands).toEqual([]);
    await expectNothing();
  });

  it("that names no task is refused by the field's name, and leaves nothing", async () => {
    const error = await refusal(roadOf(open)([onCpu(3, "main"), ...flushOf("late", [onCpu(4, "main")])]));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.findDetails(FieldFaultsSchema)).toMatchObject([{ faults: [{ path: "task" }] }]);
    await expectNothing();
  });

  it("that goes wrong after good profiles is refused, and leaves nothing of them either", async () => {
    const good = ["one", "two", "three"].flatMap((taskId) => flushOf(taskId, [onCpu(3, "main")]));
    const error = await refusal(roadOf(open)([...good, onCpu(-1, "main")]));
    expect(error.code).toBe(Code.InvalidArgument);
    expect(error.findDetails(FieldFaultsSchema)).toMatchObject([{ faults: [{ path: "onCPU.dumpCount" }] }]);
    await expectNothing();
  });
});

const ON_PORTS = Object.entries(STACK_ROADS).filter(([name]) => name.endsWith("port"));

describe.each(ON_PORTS)("a stream that its client cancels, over %s", (_name, open) => {
  const refused = () => world.counted('flashpoint_rpc_refusals_total{method="collectProfilingData"');

  it("after a message or two leaves nothing", async () => {
    const before = await refused();
    async function* messages() {
      yield* flushOf("cancelled", [onCpu(3, "main"), onCpu(4, "main")]);
      throw new Error("enough");
    }
    await refusal(roadOf(open)(messages()));
    await until("the server has noticed", async () => ((await refused()) > before ? true : undefined));
    await expectNothing();
  });

  it("when parts of it lie in the bucket already leaves none of them", async () => {
    const before = await refused();
    async function* messages() {
      for (const message of endless("cut", 512)) {
        yield message;
        if ((await world.bucket.keys()).length >= 2) throw new Error("enough");
      }
    }
    await refusal(roadOf(open)(messages()));
    await until("the server has noticed", async () => ((await refused()) > before ? true : undefined));
    await expectNothing();
  });
});

describe.each(["refuse", "hang"] as const)("while connections to an engine %s", (mode) => {
  const send = (taskId: string) => overGrpc(flushOf(taskId, [onCpu(3, "main")]), 10_000);

  it.each(["s3", "sqs"] as const)(
    "to %s: the agent hears UNAVAILABLE in time; later it works again",
    async (engine) => {
      await send("before"); // the queue's address is known from here on
      await world.take("tasks", 1);
      proxies[engine].set(mode);
      const startedAt = performance.now();
      const error = await refusal(send("meanwhile"));
      expect(error.code).toBe(Code.Unavailable);
      expect(performance.now() - startedAt).toBeLessThan(PATIENCE_MS);
      expect(await world.take("tasks", 0)).toEqual([]);
      proxies[engine].set("pass");
      await until("streams are taken", async () => (await send("after")).commands.length === 0 || undefined);
      expect((await announced(1)).map(({ profile }) => profile.taskId)).toContain("after");
    },
  );

  it("to DynamoDB: the stream is taken all the same, and its profile finds its task later", async () => {
    const remembered = taskIdIn(await world.grpc.call(reportProfilingTask, goodReport()));
    const [report = ""] = await world.take("tasks", 1);
    const elsewhere = `accepted by another server while connections ${mode}`;
    await world.services.taskStore.record(create(ProfilingTaskSchema, { taskId: elsewhere }), []);
    proxies.dynamodb.set(mode);
    for (const taskId of [remembered, elsewhere]) expect((await send(taskId)).commands).toEqual([]);
    proxies.dynamodb.set("pass");
    const messages = [report, ...(await world.take("tasks", 2))];
    await until("they are handled", async () =>
      (await world.handle("tasks", messages)).length === 0 ? true : undefined,
    );
    for (const taskId of [remembered, elsewhere]) {
      expect(await world.services.profileStore.list(taskId)).toMatchObject([{ isApart: false, profile: { taskId } }]);
    }
  });
});

describe("a stream of more than 1000 profiles", () => {
  it("is refused, and leaves nothing", async () => {
    const many = Array.from({ length: 1_001 }, (_, index) => flushOf(`task ${index}`, [onCpu(1, "main")])).flat();
    const error = await refusal(overGrpc(many, 25_000));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.rawMessage).toContain("1000");
    await expectNothing();
  });
});

describe("a stream of 20 MB", () => {
  it("is cut into several profiles, whose counts add up exactly", async () => {
    const sent = new Map<string, bigint>([["recurring", 0n]]);
    function* messages(): Iterable<StackMessage> {
      let bytes = 0;
      for (let index = 1; bytes < 20_000_000; index++) {
        const symbols = Array.from({ length: 100 }, (_, row) => `${index}.${row} `.padEnd(5 * KB, "x"));
        bytes += symbols.join("").length;
        sent.set(symbols[0] ?? "", BigInt(index)).set("recurring", (sent.get("recurring") ?? 0n) + 1n);
        yield index === 1 ? (flushOf("large", [onCpu(index, ...symbols)])[0] ?? {}) : onCpu(index, ...symbols);
        yield onCpu(1, "recurring");
      }
    }
    await overGrpc(messages(), 25_000);

    const profiles = await announced(2);
    expect(profiles.length).toBeGreaterThanOrEqual(2);
    expect(profiles.length).toBeLessThanOrEqual(10); // not needlessly many
    const found = new Map<string, bigint>();
    for (const { profile, pprof } of profiles) {
      expect(profile).toMatchObject({ taskId: "large", processId: "process of large" });
      expect([profile.sampleCount, profile.totalNanos]).toEqual(totalsOf(pprof));
      for (const { frames, values } of pprof.samples) {
        const leaf = frames[0]?.name ?? "";
        found.set(leaf, (found.get(leaf) ?? 0n) + (values[0] ?? 0n));
      }
    }
    expect(found.size).toBe(sent.size);
    expect([...found].filter(([leaf, count]) => sent.get(leaf) !== count)).toEqual([]);
  });
});
