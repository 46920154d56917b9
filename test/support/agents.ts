import type { MessageInitShape } from "@bufbuild/protobuf";
import type { MeterDataSchema } from "../../shared/gen/language-agent/Meter_pb.js";

/** A process as agents name it; `java` of checkout on pod-1 unless it is said otherwise. */
export function entity(more: { serviceName?: string; processName?: string; labels?: string[] } = {}) {
  return {
    layer: "OS_LINUX",
    serviceName: "checkout",
    instanceName: "pod-1",
    processName: "java",
    labels: [],
    ...more,
  };
}

const PROFILABLE = [{ key: "support_ebpf_profiling", value: "true" }];

/** A reported process on a plain machine that can be profiled. */
export function hostProcess(pid: number, more: Parameters<typeof entity>[0] = {}) {
  const value = { pid, entity: entity(more), properties: PROFILABLE };
  return { metadata: { case: "hostProcess" as const, value } };
}

/** What a keepAlive says of the same process. */
export function ping(more: Parameters<typeof entity>[0] = {}) {
  return { entityMetadata: entity(more), properties: PROFILABLE };
}

/** One measured value of that process, as agents send it. */
export function meter(
  name: string,
  value: number,
  at: number,
  { processName = "java", service = "checkout", uri }: { processName?: string; service?: string; uri?: string } = {},
): MessageInitShape<typeof MeterDataSchema> {
  const labels = [
    { name: "process_name", value: processName },
    { name: "layer", value: "OS_LINUX" },
    ...(uri === undefined ? [] : [{ name: "uri", value: uri }]),
  ];
  return {
    metric: { case: "singleValue", value: { name, labels, value } },
    service,
    serviceInstance: "pod-1",
    timestamp: BigInt(at),
  };
}
