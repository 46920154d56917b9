import type { ConnectRouter } from "@connectrpc/connect";
import { requiringToken } from "./access/require-token.ts";
import { createPolicyQueries } from "./agent/policy-queries.ts";
import { ContinuousProfilingService } from "./gen/ebpf/profiling/Continuous_pb.js";
import { translatingErrors } from "./rpc/translate-errors.ts";
import type { PollServices } from "./services/poll-services.ts";

/** Registers what agents poll, as `routes` does, and nothing else, for a host that loads the rest when it is called. */
export function pollRoutes(
  services: Pick<PollServices, "checkToken"> &
    Parameters<typeof createPolicyQueries>[0] &
    Parameters<typeof translatingErrors>[2],
) {
  return (router: ConnectRouter): void => {
    const options = requiringToken(ContinuousProfilingService, services.checkToken, services);
    const { queryPolicies } = translatingErrors(ContinuousProfilingService, createPolicyQueries(services), services);
    router.rpc(ContinuousProfilingService.method.queryPolicies, queryPolicies, options);
  };
}
