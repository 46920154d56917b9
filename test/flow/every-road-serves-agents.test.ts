import { once } from "node:events";
import { type ClientHttp2Session, connect } from "node:http2";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { reachableAt } from "../../server/listening.ts";
import { ContinuousProfilingReportSchema } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { FieldFaultsSchema } from "../../shared/gen/flashpoint/v1/fault_pb.js";
import { cpuPolicy, goodReport, servicesIn, taskIdIn } from "../support/policies.ts";
import { ROADS, type Road } from "../support/roads.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

/** Moments of a minute, one in each of its six slots of 10 s. */
const MINUTE = Date.UTC(2026, 0, 1, 12, 0, 0);
const SLOTS = [0, 1, 2, 3, 4, 5].map((slot) => MINUTE + slot * 10_000 + 5_000);
const UUIDV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Far below what any client takes as headers: 8 KiB is a usual bound, and gRPC's own. */
const SMALL_BYTES = 8 * 1_024;

let world: World;
let now = MINUTE;

beforeAll(async () => {
  world = await startWorld({ FLASHPOINT_POLICY_CACHE_MS: "0" }, { now: () => now });
});
afterAll(() => world.stop());

describe.each(Object.entries(ROADS))("%s", (name, open) => {
  let road: Road;
  let service: string;

  beforeEach(({ task }) => {
    road = open(world);
    service = `${name} ${task.id}`;
  });

  const setPolicy = (serviceName: string, threshold: number) =>
    world.services.policyStore.put(serviceName, cpuPolicy(threshold), { updatedBy: "test" });
  const poll = async (...asked: { serviceName: string; uuid?: string }[]) =>
    servicesIn(await road.queryPolicies({ policies: asked }));
  /** Polls once in each slot of a minute. */
  const pollForAMinute = async (...asked: { serviceName: string; uuid?: string }[]) => {
    const answers = [];
    for (const moment of SLOTS) {
      now = moment;
      answers.push(await poll(...asked));
    }
    return answers;
  };

  it("says nothing about a service without a policy", async () => {
    expect((await road.queryPolicies({ policies: [{ serviceName: service, uuid: "" }] })).commands).toEqual([]);
  });

  it("says nothing to an agent that watches nothing", async () => {
    expect((await road.queryPolicies({ policies: [] })).commands).toEqual([]);
  });

  it("sends a new policy in the agent's own form", async () => {
    const { uuid } = await setPolicy(service, 80);
    expect(await poll({ serviceName: service })).toEqual([
      {
        ServiceName: service,
        UUID: uuid,
        Profiling: {
          ON_CPU: { PROCESS_CPU: { Threshold: "80", Period: 10, Count: 3, URIList: [], URIRegex: "" } },
        },
      },
    ]);
  });

  it("sends a changed policy to an agent that holds the old one", async () => {
    const before = await setPolicy(service, 80);
    const after = await setPolicy(service, 90);
    const [changed] = await poll({ serviceName: service, uuid: before.uuid });
    expect(changed?.UUID).toBe(after.uuid);
    expect(after.uuid).not.toBe(before.uuid);
  });

  it("sends an unchanged policy again in one poll of six, so that restarted pods are found", async () => {
    const { uuid } = await setPolicy(service, 80);
    const answers = await pollForAMinute({ serviceName: service, uuid });
    expect(answers.filter((answer) => answer.length === 0)).toHaveLength(5);
    expect(answers.flat().map(({ ServiceName, UUID }) => ({ ServiceName, UUID }))).toEqual([
      { ServiceName: service, UUID: uuid },
    ]);
  });

  it("tells an agent that its policy is gone", async () => {
    const { uuid } = await setPolicy(service, 80);
    await world.services.policyStore.delete(service);
    expect(await poll({ serviceName: service, uuid })).toEqual([{ ServiceName: service, UUID: "", Profiling: {} }]);
    expect(await poll({ serviceName: service })).toEqual([]);
  });

  it("answers for several services in one command", async () => {
    await setPolicy(`${service} a`, 80);
    await setPolicy(`${service} b`, 80);
    const answer = await poll(
      { serviceName: `${service} a` },
      { serviceName: `${service} b` },
      { serviceName: "other" },
    );
    expect(answer.map(({ ServiceName }) => ServiceName).sort()).toEqual([`${service} a`, `${service} b`]);
  });

  it("heeds the first mention of a service that is named twice", async () => {
    const { uuid } = await setPolicy(service, 80);
    const current = { serviceName: service, uuid };
    const stale = { serviceName: service, uuid: "stale" };
    expect((await pollForAMinute(current, stale)).flat()).toHaveLength(1); // nothing new, but for the one repetition
    expect((await pollForAMinute(stale, current)).flat()).toHaveLength(6); // news every time
  });

  it("answers a report with the id of a task that is recorded with what was reported", async () => {
    now = MINUTE;
    const taskId = taskIdIn(await road.reportProfilingTask(goodReport(service)));
    expect(taskId).toMatch(UUIDV7);
    const { task } = await until("the task is recorded", () => world.services.taskStore.get(taskId));
    expect(task).toMatchObject({
      taskId,
      layer: "OS_LINUX",
      serviceName: service,
      instanceName: "pod-1",
      processName: "java",
      durationSeconds: 600,
      causes: [{ threshold: 80, current: expect.closeTo(93.5) }],
    });
  });

  it("refuses a faulty report and names every faulty field", async () => {
    const faulty = {
      duration: 90_000,
      causes: [{ type: 3, cause: { case: "uri" as const, value: { threshold: 1, current: 2 } } }],
    };
    const error = ConnectError.from(await road.reportProfilingTask(faulty).catch((reason) => reason));
    expect(error.code).toBe(Code.InvalidArgument);
    for (const field of ["serviceName", "instanceName", "processName", "targetTask", "duration", "causes[0].uri"]) {
      expect(error.rawMessage).toContain(field);
    }
  });

  /** The second number fills the 1 MiB of a request. */
  it.each([900, name.includes("JSON") ? 340_000 : 500_000])(
    "refuses a report of %i blank causes with a small answer, and goes on serving",
    async (count) => {
      const report = { ...goodReport(service), causes: Array.from({ length: count }, () => ({})) };
      const [refused, polled] = await Promise.all([
        road.reportProfilingTask(report).catch((reason) => reason),
        poll({ serviceName: service }),
      ]);
      const error = ConnectError.from(refused);
      expect(error.code).toBe(Code.InvalidArgument);
      expect(error.rawMessage).toContain("causes");
      const [{ faults } = { faults: [] }] = error.findDetails(FieldFaultsSchema);
      expect(faults.length).toBeGreaterThan(0);
      expect(faults.length).toBeLessThanOrEqual(20);
      expect(sizeOf(error)).toBeLessThan(SMALL_BYTES);
      expect(polled).toEqual([]);
      taskIdIn(await road.reportProfilingTask(goodReport(service)));
    },
  );

  it("serves 5000 services in one poll and refuses more", async () => {
    const many = Array.from({ length: 5_000 }, (_, index) => ({ serviceName: `s${index}` }));
    expect(await poll(...many)).toEqual([]);
    const error = ConnectError.from(await poll(...many, { serviceName: "one more" }).catch((reason) => reason));
    expect(error.code).toBe(Code.ResourceExhausted);
    expect(error.rawMessage).toContain("5000");
  });

  it("refuses a request over 1 MiB", async () => {
    const large = { serviceName: "x".repeat(1_100_000) };
    const error = ConnectError.from(await poll(large).catch((reason) => reason));
    expect(error.code).toBe(Code.ResourceExhausted);
  });
});

describe("one gRPC connection", () => {
  it.each([900, 500_000])("outlives the refusal of a report with %i blank causes", async (count) => {
    const connection = connect(`http://${reachableAt(world.server.ports.grpc)}`);
    const blank = { ...goodReport(), causes: Array.from({ length: count }, () => ({})) };
    expect(await reportOn(connection, blank)).toBe("3"); // INVALID_ARGUMENT
    expect(await reportOn(connection, goodReport())).toBe("0");
    expect(connection.closed || connection.destroyed).toBe(false);
    connection.close();
  });
});

/** Reports over native gRPC as bytes, without a client that would connect again by itself. @returns the status. */
async function reportOn(
  connection: ClientHttp2Session,
  report: MessageInitShape<typeof ContinuousProfilingReportSchema>,
): Promise<unknown> {
  const message = toBinary(ContinuousProfilingReportSchema, create(ContinuousProfilingReportSchema, report));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  const call = connection.request({
    ":method": "POST",
    ":path": "/skywalking.v3.ContinuousProfilingService/reportProfilingTask",
    "content-type": "application/grpc",
    te: "trailers",
  });
  let status: unknown;
  for (const event of ["response", "trailers"]) {
    call.on(event, (headers) => {
      status = headers["grpc-status"] ?? status;
    });
  }
  call.resume().end(Buffer.concat([head, message]));
  await once(call, "close");
  return status;
}

/** Bytes that an error has on the wire, about. */
function sizeOf({ rawMessage, details }: ConnectError): number {
  const each = details.map((detail) =>
    "value" in detail && detail.value instanceof Uint8Array ? detail.value.length : 0,
  );
  return Buffer.byteLength(rawMessage) + each.reduce((sum, bytes) => sum + bytes, 0);
}
