import { type CallOptions, type Client, createClient } from "@connectrpc/connect";
import { ProfilingTaskCollector } from "../../gen/flashpoint/v1/collector_pb.js";
import type { DeliveredEvent } from "../delivered-event.ts";
import { deliveredProfile } from "../delivered-profile.ts";
import type { SendContext } from "../kind.ts";
import { secretsOfLink } from "../link-secrets.ts";
import type { Outcome } from "../outcome.ts";
import { sampleProfileCollected, sampleTaskReported } from "../sample-event.ts";
import { callCollector } from "./call-collector.ts";
import type { OpenConnection } from "./connection.ts";
import type { RpcCollector } from "./rpc-collector.ts";

/** Carries the id of the event, the same over all attempts. */
const EVENT_ID = "flashpoint-event-id";

/** Calls `CollectTask` or `CollectProfile`. Redirects are not followed. */
export function collectEvent(
  collector: RpcCollector,
  event: DeliveredEvent,
  context: SendContext,
  open: OpenConnection,
): Promise<Outcome> {
  return collect(collector, event, context, { open, test: false });
}

/** Calls the method of the first kind of events that the collector takes, with a sample and `test`. */
export function collectSample(collector: RpcCollector, context: SendContext, open: OpenConnection): Promise<Outcome> {
  const event = collector.events.includes("tasks") ? sampleTaskReported() : sampleProfileCollected();
  return collect(collector, event, context, { open, test: true });
}

async function collect(
  collector: RpcCollector,
  event: DeliveredEvent,
  { egress }: SendContext,
  { open, test }: { open: OpenConnection; test: boolean },
): Promise<Outcome> {
  const { call, secrets } = await prepare(event, test);
  const { transport, close } = open(collector.url, egress);
  const client = createClient(ProfilingTaskCollector, transport);
  try {
    return await callCollector(collector, { own: { [EVENT_ID]: event.id }, secrets }, async (options) => {
      await call(client, options);
      return { kind: "delivered" };
    });
  } finally {
    close();
  }
}

type Call = (client: Client<typeof ProfilingTaskCollector>, options: CallOptions) => Promise<unknown>;

async function prepare(event: DeliveredEvent, test: boolean): Promise<{ call: Call; secrets: readonly string[] }> {
  if (event.case === "taskReported") {
    return { call: (client, options) => client.collectTask({ task: event.task, test }, options), secrets: [] };
  }
  const profile = await deliveredProfile(event);
  return {
    call: (client, options) => client.collectProfile({ profile, test }, options),
    secrets: secretsOfLink(profile.downloadUrl),
  };
}
