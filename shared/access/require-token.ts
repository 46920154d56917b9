import type { DescService } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouterOptions, type HandlerContext } from "@connectrpc/connect";
import { createRefusal, type Refusing } from "../rpc/translate-errors.ts";
import type { CheckToken } from "./token-check.ts";

/**
 * Options of a service whose every call is let in by its token, on its headers alone: of what is refused, nothing is
 * read, inflated or decoded. Without a check every call is let in.
 */
export function requiringToken(
  service: DescService,
  checkToken: CheckToken | undefined,
  refusing: Refusing,
): ConnectRouterOptions {
  // Said again, since options of a service's own would bring back what those of its host leave out.
  if (checkToken === undefined) return { grpc: false };
  const refuse = createRefusal(service, refusing);
  const requestGate = (context: HandlerContext): void | Promise<void> => {
    const { name } = context.method;
    try {
      const checking = checkToken(context.requestHeader);
      // No detour over a promise for a token that is known: polls come by the thousand.
      if (checking === undefined) return;
      const { signal } = context;
      const letIn = (): void => {
        if (!signal.aborted) return;
        if (ConnectError.from(signal.reason).code === Code.DeadlineExceeded) throw signal.reason;
        throw new ConnectError("the client left while its token was looked up", Code.Canceled);
      };
      return checking.then(letIn).catch((error) => refuse(name, error));
    } catch (error) {
      return refuse(name, error);
    }
  };
  return { grpc: false, requestGate };
}
