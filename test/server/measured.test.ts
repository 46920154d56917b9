import type { MessageInitShape } from "@bufbuild/protobuf";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type MeterDataSchema, MeterReportService } from "../../shared/gen/language-agent/Meter_pb.js";
import { meter } from "../support/agents.ts";
import { startWorld, type World } from "../support/world.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);

let world: World;
let now = NOON;
let service: string;
let servicesMade = 0;

beforeAll(async () => {
  world = await startWorld({}, { now: () => now });
});
beforeEach(() => {
  now = NOON;
  service = `service-${servicesMade++}`;
});
afterAll(() => world.stop());

const collect = (meters: MessageInitShape<typeof MeterDataSchema>[]) =>
  world.grpc.stream(MeterReportService.method.collect, meters);

describe("the HTTP port", () => {
  const get = async (path: string) => {
    const answer = await fetch(`${world.httpUrl}${path}`);
    return { status: answer.status, text: await answer.text() };
  };

  it("offers a service's values as JSON", async () => {
    await collect([
      meter("rover_con_p_http_error_rate", 7.25, NOON - 5_000, { service: `${service} & sons`, uri: "^/a" }),
      meter("rover_con_p_process_cpu", 1, NOON, { service: "another" }),
    ]);
    const { status, text } = await get(`/measured?service=${encodeURIComponent(`${service} & sons`)}`);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual([
      {
        ...{ serviceName: `${service} & sons`, instanceName: "pod-1", processName: "java", layer: "OS_LINUX" },
        ...{ type: "HTTP_ERROR_RATE", uri: "^/a", value: 7.25, at: "2026-01-31T11:59:55.000Z" },
      },
    ]);
    expect(JSON.parse((await get("/measured?service=nobody")).text)).toEqual([]);
  });

  it.each(["", "?service=", "?service=a&service=b"])("says what is missing at /measured%s", async (query) => {
    const { status, text } = await get(`/measured${query}`);
    expect(status).toBe(400);
    expect(JSON.parse(text).error).toContain("/measured?service=NAME");
  });

  it("offers every value to Prometheus, whatever the names are", async () => {
    const name = `${service}"\\\n`;
    await collect([
      meter("rover_con_p_process_cpu", 93.5, NOON, { service: name }),
      meter("rover_con_p_http_error_rate", 7.25, NOON, { service: name, uri: "/a" }),
    ]);
    const { text } = await get("/metrics");
    const label = `service="${service}\\"\\\\\\n",service_instance="pod-1",process="java",layer="OS_LINUX"`;
    expect(text).toContain(`flashpoint_process_value{${label},type="PROCESS_CPU",uri=""} 93.5\n`);
    expect(text).toContain(`flashpoint_process_value{${label},type="HTTP_ERROR_RATE",uri="/a"} 7.25\n`);
  });

  it("offers no value that is older than ten minutes", async () => {
    await collect([meter("rover_con_p_process_cpu", 93.5, NOON, { service })]);
    expect((await get("/metrics")).text).toContain(`service="${service}"`);
    now += 600_001;
    expect((await get("/metrics")).text).not.toContain(`service="${service}"`);
    expect(JSON.parse((await get(`/measured?service=${service}`)).text)).toEqual([]);
  });
});
