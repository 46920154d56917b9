import { Code, ConnectError, type ConnectRouterOptions, type HandlerContext } from "@connectrpc/connect";
import type { Refuse } from "../rpc/translate-errors.ts";
import { setCaller } from "./caller.ts";
import { sentHeaderOf } from "./quick-context.ts";
import type { StoredToken } from "./stored-token.ts";
import type { CheckToken } from "./token-check.ts";

/**
 * Options of a service whose every call is let in by its token, on its headers alone: of what is refused, nothing is
 * read, inflated or decoded. What is let in has its caller noted.
 * @returns undefined without a check: every call is let in.
 */
export function requiringToken(checkToken: CheckToken | undefined, refuse: Refuse): ConnectRouterOptions | undefined {
  if (checkToken === undefined) return undefined;
  const requestGate = (context: HandlerContext): void | Promise<void> => {
    const { name } = context.method;
    try {
      const checking = checkToken(sentHeaderOf(context));
      // No detour over a promise for a token that is known: polls come by the thousand.
      if (!(checking instanceof Promise)) return setCaller(context, checking);
      const { signal } = context;
      const letIn = (token: StoredToken): void => {
        if (!signal.aborted) {
          setCaller(context, token);
          return;
        }
        if (ConnectError.from(signal.reason).code === Code.DeadlineExceeded) throw signal.reason;
        throw new ConnectError("the client left while its token was looked up", Code.Canceled);
      };
      return checking.then(letIn).catch((error) => refuse(name, error));
    } catch (error) {
      return refuse(name, error);
    }
  };
  // Said again, since options of a service's own bring back the protocols that its host leaves out.
  return { grpc: false, requestGate };
}
