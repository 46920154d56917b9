import type { Fault } from "../../errors.ts";
import { requireBaseAddress } from "../base-address.ts";
import type { CollectorBase } from "../collector-base.ts";
import type { OwnAttributes } from "../kind.ts";

export type RpcKindName = "connect" | "grpc" | "grpc-web";

/** A service that implements `flashpoint.v1.ProfilingTaskCollector`. */
export interface RpcCollector<K extends RpcKindName = RpcKindName> extends CollectorBase {
  readonly kind: K;
}

/** See `Kind.read`. */
export function readRpc<K extends RpcKindName>(
  item: Readonly<Record<string, unknown>>,
  faults: Fault[],
): OwnAttributes<RpcCollector<K>> {
  requireBaseAddress(item, "the service", faults);
  return {};
}
