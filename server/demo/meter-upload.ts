import { MeterReportService } from "../../shared/gen/language-agent/Meter_pb.js";
import type { CpuSample } from "./cpu-samples.ts";
import { type DemoProcess, LAYER } from "./demo-process.ts";
import type { GrpcCaller } from "./grpc-caller.ts";

/** Uploads what was measured of the process, in one stream. */
export async function uploadCpu(
  caller: GrpcCaller,
  { serviceName, instanceName, processName }: DemoProcess,
  samples: readonly CpuSample[],
): Promise<void> {
  const labels = [
    { name: "process_name", value: processName },
    { name: "layer", value: LAYER },
  ];
  const meterData = samples.map(({ percent, at }) => ({
    metric: { case: "singleValue" as const, value: { name: "rover_con_p_process_cpu", labels, value: percent } },
    service: serviceName,
    serviceInstance: instanceName,
    timestamp: BigInt(at),
  }));
  await caller.stream(MeterReportService.method.collectBatch, [{ meterData }]);
}
