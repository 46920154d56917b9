import type { ConnectRouter } from "@connectrpc/connect";
import { ContinuousProfilingService } from "./gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProcessService } from "./gen/ebpf/profiling/Process_pb.js";
import { EBPFProfilingService } from "./gen/ebpf/profiling/Profile_pb.js";
import { MeterReportService } from "./gen/language-agent/Meter_pb.js";
import { translatingErrors } from "./rpc/translate-errors.ts";
import type { Services } from "./services.ts";

/** Registers every service that agents call. All hosts and the tests are handed this one function. */
export function routes(
  services: Pick<Services, "continuousProfiling" | "profiling" | "processes" | "meters" | "log" | "metrics">,
) {
  return (router: ConnectRouter): void => {
    const { continuousProfiling, profiling, processes, meters } = services;
    router.service(
      ContinuousProfilingService,
      translatingErrors(ContinuousProfilingService, continuousProfiling, services),
    );
    router.service(EBPFProfilingService, translatingErrors(EBPFProfilingService, profiling, services));
    router.service(EBPFProcessService, translatingErrors(EBPFProcessService, processes, services));
    router.service(MeterReportService, translatingErrors(MeterReportService, meters, services));
  };
}
