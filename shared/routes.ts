import type { DescService } from "@bufbuild/protobuf";
import type { ConnectRouter, ServiceImpl } from "@connectrpc/connect";
import { requiringToken } from "./access/require-token.ts";
import { ContinuousProfilingService } from "./gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProcessService } from "./gen/ebpf/profiling/Process_pb.js";
import { EBPFProfilingService } from "./gen/ebpf/profiling/Profile_pb.js";
import { MeterReportService } from "./gen/language-agent/Meter_pb.js";
import { createRefusal, translatingErrors } from "./rpc/translate-errors.ts";
import type { Services } from "./services.ts";

/**
 * Registers every service that agents call, each call behind the check of its token. All hosts and the tests are handed
 * this one function.
 */
export function routes(
  services: Pick<
    Services,
    "continuousProfiling" | "profiling" | "processes" | "meters" | "checkToken" | "log" | "metrics"
  >,
) {
  return (router: ConnectRouter): void => {
    const { continuousProfiling, profiling, processes, meters, checkToken } = services;
    const serve = <Service extends DescService>(service: Service, implementation: ServiceImpl<Service>): void => {
      const refuse = createRefusal(service, services);
      router.service(service, translatingErrors(implementation, refuse), requiringToken(checkToken, refuse));
    };
    serve(ContinuousProfilingService, continuousProfiling);
    serve(EBPFProfilingService, profiling);
    serve(EBPFProcessService, processes);
    serve(MeterReportService, meters);
  };
}
