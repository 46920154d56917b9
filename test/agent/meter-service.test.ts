import type { MessageInitShape } from "@bufbuild/protobuf";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type MeterDataCollectionSchema,
  type MeterDataSchema,
  MeterReportService,
} from "../../shared/gen/language-agent/Meter_pb.js";
import { meter } from "../support/agents.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);

let world: World;
let service: string;
let servicesMade = 0;

beforeAll(async () => {
  world = await startWorld({}, { now: () => NOON });
});
beforeEach(() => {
  service = `service-${servicesMade++}`;
});
afterAll(() => world.stop());

const collect = (meters: Iterable<MessageInitShape<typeof MeterDataSchema>>) =>
  world.grpc.stream(MeterReportService.method.collect, meters);
const collectBatch = (batches: Iterable<MessageInitShape<typeof MeterDataCollectionSchema>>) =>
  world.grpc.stream(MeterReportService.method.collectBatch, batches);
const known = () =>
  world.services.measured
    .list(service)
    .map(({ processName, type, uri, value }) => [processName, type, uri, value].join(" ").replace(/ +/g, " "));

describe("what agents measure", () => {
  it("is known by the names that policies use", async () => {
    const { commands } = await collectBatch([
      {
        meterData: [
          meter("rover_con_p_process_cpu", 93.5, NOON, { service }),
          meter("rover_con_p_process_thread_count", 20, NOON, { service }),
          meter("rover_con_p_system_load", 1.5, NOON, { service }),
        ],
      },
      {
        meterData: [
          meter("rover_con_p_http_error_rate", 7.25, NOON, { service, uri: "global" }),
          meter("rover_con_p_http_avg_response_time", 250, NOON, { service, uri: "/a" }),
        ],
      },
    ]);
    expect(commands).toEqual([]);
    expect(known()).toEqual([
      "java PROCESS_CPU 93.5",
      "java PROCESS_THREAD_COUNT 20",
      "java SYSTEM_LOAD 1.5",
      "java HTTP_ERROR_RATE global 7.25",
      "java HTTP_AVG_RESPONSE_TIME /a 250",
    ]);
    expect(world.services.measured.list(service)[0]).toEqual({
      ...{ serviceName: service, instanceName: "pod-1", processName: "java", layer: "OS_LINUX" },
      ...{ type: "PROCESS_CPU", uri: "", value: 93.5, at: "2026-01-31T12:00:00.000Z" },
    });
  });

  it("may come value by value, where only the first names service, instance and time", async () => {
    const first = meter("rover_con_p_process_cpu", 10, NOON - 1_000, { service });
    const { metric } = meter("rover_con_p_system_load", 1.5, 0);
    const { commands } = await collect([first, metric === undefined ? {} : { metric }]);
    expect(commands).toEqual([]);
    expect(known()).toEqual(["java PROCESS_CPU 10", "java SYSTEM_LOAD 1.5"]);
    expect(world.services.measured.list(service).map(({ at }) => at)).toEqual([
      "2026-01-31T11:59:59.000Z",
      "2026-01-31T11:59:59.000Z",
    ]);
  });

  it("is passed over if no policy can watch it", async () => {
    const labels = [{ name: "process_name", value: "java" }];
    const histogram = { name: "rover_con_p_process_cpu", labels, values: [{ bucket: 1, count: 2n }] };
    const batch = {
      meterData: [
        meter("rover_con_p_mood", 1, NOON, { service }),
        meter("rover_net_p_write_bytes", 1, NOON, { service }),
        meter("rover_con_p_process_cpu", Number.NaN, NOON, { service }),
        meter("rover_con_p_process_cpu", Number.POSITIVE_INFINITY, NOON, { service }),
        { metric: { case: "histogram" as const, value: histogram }, service, serviceInstance: "pod-1" },
        { service },
        {},
      ],
    };
    expect((await collectBatch([batch, {}])).commands).toEqual([]);
    expect(known()).toEqual([]);
  });

  it("may be nothing at all", async () => {
    expect((await collect([])).commands).toEqual([]);
    expect((await collectBatch([])).commands).toEqual([]);
  });

  it("is read to the end, however much it is", async () => {
    const batches = function* () {
      for (let batch = 0; batch < 200; batch++) {
        yield {
          meterData: Array.from({ length: 100 }, (_, index) =>
            meter("rover_con_p_process_cpu", batch, NOON - 200 + batch, { service, processName: `p${index}` }),
          ),
        };
      }
    };
    await collectBatch(batches());
    expect(known()).toHaveLength(100);
    expect(known()[0]).toBe("p0 PROCESS_CPU 199");
  });

  it("is known up to where a stream is cancelled", async () => {
    const broken = function* () {
      yield { meterData: [meter("rover_con_p_process_cpu", 10, NOON, { service })] };
      throw new Error("the agent goes away");
    };
    await expect(collectBatch(broken())).rejects.toThrow();
    await collectBatch([{ meterData: [meter("rover_con_p_system_load", 1, NOON, { service })] }]);
    await until("later values are known", () => (known().includes("java SYSTEM_LOAD 1") ? true : undefined));
    expect(known().filter((value) => value.includes("CPU") && value !== "java PROCESS_CPU 10")).toEqual([]);
  });
});
