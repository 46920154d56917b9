import { isSecretArn } from "../aws/secret-arn.ts";
import type { DeliveredEvent } from "./delivered-event.ts";
import type { Kind, SendContext } from "./kind.ts";
import type { KindName } from "./kind-names.ts";
import type { Outcome } from "./outcome.ts";
import { pyroscope } from "./pyroscope/pyroscope.ts";
import { connect } from "./rpc/connect.ts";
import { grpc } from "./rpc/grpc.ts";
import { grpcWeb } from "./rpc/grpc-web.ts";
import { skywalking } from "./skywalking/skywalking.ts";
import { webhook } from "./webhook/webhook.ts";

/** Every kind of collector; each has its folder beside this file. */
export const KINDS = {
  webhook,
  pyroscope,
  connect,
  grpc,
  "grpc-web": grpcWeb,
  skywalking,
} satisfies Record<KindName, unknown>;

type CollectorOf<K> = K extends Kind<infer C> ? C : never;
/** Somebody who receives events; `kind` tells how. */
export type Collector = CollectorOf<(typeof KINDS)[KindName]>;

export function isKindName(name: unknown): name is KindName {
  return typeof name === "string" && Object.hasOwn(KINDS, name);
}

export function kindNamed(name: KindName): Kind<Collector> {
  return KINDS[name];
}

/** Sends one event to one collector, once, in the way of its kind; see `Kind.send`. */
export function sendEvent(collector: Collector, event: DeliveredEvent, context: SendContext): Promise<Outcome> {
  return kindNamed(collector.kind).send(collector, event, context);
}

/** The collector as it may be shown: an ARN tells where a secret lies, not what it is. */
export function maskSecrets(collector: Collector): Collector {
  const { secrets } = kindNamed(collector.kind);
  const shown = Object.entries(collector).map(([attribute, value]) => {
    const mask = secrets[attribute];
    return [attribute, mask === undefined || isSecretArn(value) ? value : mask(value)];
  });
  const headers = Object.entries(collector.headers).map(([name, value]) => [name, isSecretArn(value) ? value : "…"]);
  return Object.fromEntries([...shown, ["headers", Object.fromEntries(headers)]]) as Collector;
}
