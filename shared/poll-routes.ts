import type { ConnectRouter } from "@connectrpc/connect";
import { requiringToken } from "./access/require-token.ts";
import { createPolicyQueries } from "./agent/policy-queries.ts";
import { ContinuousProfilingService } from "./gen/ebpf/profiling/Continuous_pb.js";
import { createRefusal, translatingErrors } from "./rpc/translate-errors.ts";
import type { PollServices } from "./services/poll-services.ts";

/** Registers what agents poll, as `routes` does, and nothing else, for a host that loads the rest when it is called. */
export function pollRoutes(
  services: Pick<PollServices, "checkToken"> &
    Parameters<typeof createPolicyQueries>[0] &
    Parameters<typeof createRefusal>[1],
) {
  return (router: ConnectRouter): void => {
    const refuse = createRefusal(ContinuousProfilingService, services);
    const { queryPolicies } = translatingErrors(createPolicyQueries(services), refuse);
    const options = requiringToken(services.checkToken, refuse);
    router.rpc(ContinuousProfilingService.method.queryPolicies, queryPolicies, options);
  };
}
