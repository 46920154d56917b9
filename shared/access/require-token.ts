import type { HandlerContext } from "@connectrpc/connect";
import type { CheckToken } from "./token-check.ts";

type Method = (request: unknown, context: HandlerContext) => unknown;

/**
 * A service whose every method checks the caller's token first, before anything of a stream is read. Without a check it
 * is the service as it is.
 */
export function requiringToken<Methods extends object>(
  implementation: Methods,
  checkToken: CheckToken | undefined,
): Methods {
  if (checkToken === undefined) return implementation;
  const methods = Object.entries(implementation as Record<string, Method>);
  const checked = methods.map(([name, method]): [string, Method] => [
    name,
    (request, context) => {
      const checking = checkToken(context.requestHeader);
      // No detour over a promise for a token that is known: polls come by the thousand.
      return checking === undefined ? method(request, context) : checking.then(() => method(request, context));
    },
  ]);
  return Object.fromEntries(checked) as Methods;
}
