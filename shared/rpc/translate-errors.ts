import type { DescService } from "@bufbuild/protobuf";
import { Code, ConnectError, type HandlerContext } from "@connectrpc/connect";
import {
  Conflict,
  InvalidInput,
  LimitExceeded,
  NotFound,
  PermissionDenied,
  SHOWN_FAULTS,
  Unauthenticated,
  Unavailable,
} from "../errors.ts";
import { FieldFaultsSchema } from "../gen/flashpoint/v1/fault_pb.js";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { blamedError } from "./malformed-request.ts";
import { retryHint } from "./retry-hint.ts";
import { wellFormed } from "./well-formed.ts";

/** How long an outage is passed over in the log once it was told. */
const OUTAGE_LOG_MS = 10_000;

/** Refuses a call of the method with this name, for this error. @throws ConnectError, always. */
export type Refuse = (name: string, error: unknown) => never;

/**
 * The one place where domain errors become RPC errors, the same on every host. Causes are logged here and never
 * reach a client; an error that nobody foresaw is INTERNAL without detail.
 */
export function createRefusal(service: DescService, { log, metrics }: { log: Logger; metrics: Metrics }): Refuse {
  const logRefusal = createRefusalLog(log);
  return (name, error) => {
    const translated = wellFormed(toConnectError(error));
    metrics.count("rpc_refusals_total", { method: name, code: Code[translated.code] });
    logRefusal(`${service.typeName}/${name}`, translated.code, error);
    throw translated;
  };
}

/** A service whose every error becomes a refusal. */
export function translatingErrors<Methods extends object>(implementation: Methods, refuseCall: Refuse): Methods {
  const methods = implementation as Record<string, (request: unknown, context: HandlerContext) => unknown>;
  const wrapped = Object.entries(methods).map(([name, method]) => {
    const refuse = (error: unknown): never => refuseCall(name, error);
    const translating = (request: unknown, context: HandlerContext): unknown => {
      try {
        const answer = method(request, context);
        return answer instanceof Promise ? answer.catch(refuse) : answer;
      } catch (error) {
        return refuse(error);
      }
    };
    return [name, translating];
  });
  return Object.fromEntries(wrapped) as Methods;
}

export function toConnectError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return blamedError(error);
  if (error instanceof InvalidInput) {
    const detail = { desc: FieldFaultsSchema, value: { faults: error.faults.slice(0, SHOWN_FAULTS) } };
    return new ConnectError(error.message, Code.InvalidArgument, undefined, [detail]);
  }
  if (error instanceof Unauthenticated) return new ConnectError(error.message, Code.Unauthenticated);
  if (error instanceof PermissionDenied) return new ConnectError(error.message, Code.PermissionDenied);
  if (error instanceof LimitExceeded) {
    return new ConnectError(error.message, Code.ResourceExhausted, retryHint(error.retryAfterMs));
  }
  if (error instanceof Unavailable) return new ConnectError(`${error.message}; try again`, Code.Unavailable);
  if (error instanceof Conflict) return new ConnectError(error.message, Code.Aborted);
  if (error instanceof NotFound) return new ConnectError(error.message, Code.NotFound);
  return new ConnectError("internal error", Code.Internal);
}

/**
 * Logs what a call was refused for. In an outage every agent is refused with every poll, so UNAVAILABLE is logged once
 * in a while, with the number of those passed over.
 */
function createRefusalLog(log: Logger): (method: string, code: Code, error: unknown) => void {
  let outageLoggedAt = Number.NEGATIVE_INFINITY;
  let passedOver = 0;
  return (method, code, error) => {
    if (code === Code.Internal) {
      log.error({ method, err: error }, "call failed unforeseen");
    } else if (code !== Code.Unavailable) {
      log.debug({ method, code: Code[code], err: error }, "call refused");
    } else if (performance.now() - outageLoggedAt < OUTAGE_LOG_MS) {
      passedOver++;
    } else {
      log.warn({ method, passedOver, err: error }, "call answered UNAVAILABLE");
      outageLoggedAt = performance.now();
      passedOver = 0;
    }
  };
}
