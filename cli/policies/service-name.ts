import { InvalidInput } from "../../shared/errors.ts";
import { isServiceName, MAX_SERVICE_NAME_BYTES } from "../../shared/policies/policy.ts";

/** @throws InvalidInput if no policy can be stored under this name. */
export function refuseBadServiceName(serviceName: string): void {
  if (isServiceName(serviceName)) return;
  const problem = `takes 1 to ${MAX_SERVICE_NAME_BYTES} bytes`;
  throw new InvalidInput("service name", [{ path: "service", problem }]);
}
