import type { DescMethod } from "@bufbuild/protobuf";
import {
  type ConnectRouter,
  type ConnectRouterOptions,
  createMethodImplSpec,
  createServiceImplSpec,
  type MethodImplSpec,
} from "@connectrpc/connect";

/** A method as the routes registered it. */
export interface RoutedMethod {
  readonly spec: MethodImplSpec;
  /** Lets a call in by its headers, or throws. */
  readonly gate: ConnectRouterOptions["requestGate"];
}

/** The methods that the routes register, with what Connect's own router would make of their options. */
export function routedMethods(routes: (router: ConnectRouter) => void): RoutedMethod[] {
  const methods: RoutedMethod[] = [];
  const add = (specs: MethodImplSpec[], options: ConnectRouterOptions | undefined): void => {
    methods.push(...specs.map((spec) => ({ spec, gate: options?.requestGate })));
  };
  const router: ConnectRouter = {
    handlers: [],
    service(service, implementation, options) {
      add(Object.values(createServiceImplSpec(service, implementation).methods), options);
      return router;
    },
    rpc(method, implementation, options) {
      add([createMethodImplSpec(method, implementation)], options);
      return router;
    },
  };
  routes(router);
  return methods;
}

/** The path of a method's calls. */
export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}
