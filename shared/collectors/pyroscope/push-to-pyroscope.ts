import { createClient } from "@connectrpc/connect";
import { PusherService } from "../../gen/push/v1/push_pb.js";
import type { DeliveredEvent } from "../delivered-event.ts";
import type { SendContext } from "../kind.ts";
import type { Outcome } from "../outcome.ts";
import { callCollector } from "../rpc/call-collector.ts";
import { openConnect } from "../rpc/connection.ts";
import { sampleProfileCollected } from "../sample-event.ts";
import { pushRequest } from "./push-request.ts";
import type { PyroscopeCollector } from "./pyroscope-collector.ts";

/** Pushes a profile by `push.v1.PusherService/Push` over Connect and HTTP/1.1. Redirects are not followed. */
export async function pushToPyroscope(
  collector: PyroscopeCollector,
  event: DeliveredEvent,
  { egress }: SendContext,
): Promise<Outcome> {
  if (event.case !== "profileCollected") return { kind: "dropped", reason: "Pyroscope takes profiles, not tasks" };
  const request = pushRequest(event, await event.file.read());
  if (request === undefined) return { kind: "dropped", reason: "Pyroscope has no type for a profile of this target" };
  const { transport, close } = openConnect(collector.url, egress);
  const { password } = collector;
  const secrets = password === undefined ? [] : [password, credentialsOf(collector)];
  try {
    return await callCollector(collector, { own: headersOf(collector), secrets }, async (options) => {
      await createClient(PusherService, transport).push(request, options);
      return { kind: "delivered" };
    });
  } finally {
    close();
  }
}

/** Pushes a profile of one sample, of a service that no agent has. */
export function pushSample(collector: PyroscopeCollector, context: SendContext): Promise<Outcome> {
  return pushToPyroscope(collector, sampleProfileCollected(), context);
}

function headersOf(collector: PyroscopeCollector): Record<string, string> {
  const { username, tenant } = collector;
  return {
    ...(username !== undefined && { authorization: `Basic ${credentialsOf(collector)}` }),
    ...(tenant !== undefined && { "x-scope-orgid": tenant }),
  };
}

/** RFC 7617 §2. */
function credentialsOf({ username, password }: PyroscopeCollector): string {
  return Buffer.from(`${username}:${password}`, "utf8").toString("base64");
}
