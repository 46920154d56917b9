import { Gauge, type Registry } from "prom-client";
import type { MeasuredValues } from "../../shared/agent/measured-values.ts";

/** Offers what agents measured lately at /metrics: read when Prometheus asks, so that nothing is counted twice. */
export function offerMeasuredValues(registry: Registry, measured: Pick<MeasuredValues, "list">): void {
  new Gauge({
    name: "flashpoint_process_value",
    help: "Latest value that an agent measured of a process, by monitor type",
    labelNames: ["service", "service_instance", "process", "layer", "type", "uri"],
    registers: [registry],
    collect() {
      this.reset(); // values grow old
      for (const { serviceName, instanceName, processName, layer, type, uri, value } of measured.list()) {
        // Not `instance`: that is Prometheus's own name for the server that it asks.
        const names = { service: serviceName, service_instance: instanceName, process: processName, layer };
        this.set({ ...names, type, uri }, value);
      }
    },
  });
}
