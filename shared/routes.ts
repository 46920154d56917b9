import type { ConnectRouter } from "@connectrpc/connect";
import { ContinuousProfilingService } from "./gen/ebpf/profiling/Continuous_pb.js";
import { translatingErrors } from "./rpc/translate-errors.ts";
import type { Services } from "./services.ts";

/** Registers every service that agents call. All hosts and the tests are handed this one function. */
export function routes(services: Pick<Services, "continuousProfiling" | "log" | "metrics">) {
  return (router: ConnectRouter): void => {
    const { continuousProfiling } = services;
    router.service(
      ContinuousProfilingService,
      translatingErrors(ContinuousProfilingService, continuousProfiling, services),
    );
  };
}
