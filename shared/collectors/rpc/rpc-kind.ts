import type { Kind } from "../kind.ts";
import type { OpenConnection } from "./connection.ts";
import { type RpcCollector, type RpcKindName, readRpc } from "./rpc-collector.ts";

/**
 * A kind of collectors that implement `flashpoint.v1.ProfilingTaskCollector`.
 * @param loadOpen how they are connected to. Loaded when there is something to send: neither the CLI nor a poll needs it.
 */
export function rpcKind<K extends RpcKindName>(loadOpen: () => Promise<OpenConnection>): Kind<RpcCollector<K>> {
  return {
    takes: ["tasks", "profiles"],
    defaultEvents: ["tasks"],
    attributes: [],
    secrets: {},
    read: readRpc<K>,
    async send(collector, event, context) {
      const { collectEvent } = await import("./collect-event.ts");
      return collectEvent(collector, event, context, await loadOpen());
    },
    async test(collector, context) {
      const { collectSample } = await import("./collect-event.ts");
      return collectSample(collector, context, await loadOpen());
    },
  };
}
