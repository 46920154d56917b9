import type { UniversalHandlerFn } from "@connectrpc/connect/protocol";
import { createAwsClients } from "../../shared/aws/clients.ts";
import type { Database } from "../../shared/aws/database.ts";
import { routes } from "../../shared/routes.ts";
import { createUniversalHandler } from "../../shared/rpc/universal-handler.ts";
import { createAgentServices } from "../../shared/services/agent-services.ts";
import { createBasis, type ServicesOptions } from "../../shared/services/basis.ts";
import type { PollServices } from "../../shared/services/poll-services.ts";
import { createTaskStores } from "../../shared/services/task-stores.ts";

/** Serves what agents call beside their polls: a part of the package that is loaded with the first such call. */
export function createOtherCalls(
  options: Omit<ServicesOptions, "aws">,
  database: Database,
  pollServices: PollServices,
): UniversalHandlerFn {
  const basis = createBasis({ ...options, aws: createAwsClients({}, database) });
  return createUniversalHandler(routes(createAgentServices(basis, createTaskStores(basis), pollServices)));
}
