import {
  type ConnectRouter,
  type ConnectRouterOptions,
  type ContextValues,
  createContextKey,
  type HandlerContext,
} from "@connectrpc/connect";
import type { RoutedMethod } from "./routed-methods.ts";

/**
 * What is known of a call by the time it is handed on to Connect, which then says it in the words of its protocol: that
 * its token lets it in; what it is refused with; or what it is answered.
 */
export type Finding =
  | { readonly kind: "let in" }
  | { readonly kind: "refused"; readonly error: unknown }
  | { readonly kind: "answered"; readonly message: object; readonly header: Headers; readonly trailer: Headers };

const FINDING = createContextKey<Finding | undefined>(undefined);

/** Notes on the values of a call what is known of it. */
export function noteFinding(values: ContextValues, finding: Finding): ContextValues {
  return values.set(FINDING, finding);
}

/** Routes of the same methods, which do not find out again what is noted of a call. */
export function resuming(methods: readonly RoutedMethod[]): (router: ConnectRouter) => void {
  return (router) => {
    for (const { spec, gate } of methods) {
      const requestGate = (context: HandlerContext): void | Promise<void> => {
        const found = context.values.get(FINDING);
        if (found?.kind === "refused") throw found.error;
        return found === undefined ? gate?.(context) : undefined;
      };
      const answer = spec.impl as (request: unknown, context: HandlerContext) => unknown;
      const implementation = (request: unknown, context: HandlerContext): unknown => {
        const found = context.values.get(FINDING);
        if (found?.kind !== "answered") return answer(request, context);
        copy(found.header, context.responseHeader);
        copy(found.trailer, context.responseTrailer);
        return found.message;
      };
      // Said again, since options of a method's own bring back the protocols that its host leaves out.
      const options: ConnectRouterOptions = { grpc: false, requestGate };
      router.rpc(spec.method, implementation as never, options);
    }
  };
}

function copy(from: Headers, to: Headers): void {
  from.forEach((value, name) => {
    to.append(name, value);
  });
}
