import { ConnectError, createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { PusherService } from "../../gen/push/v1/push_pb.js";
import { outcomeOfCode } from "../code-outcome.ts";
import type { DeliveredEvent } from "../delivered-event.ts";
import { EVIDENCE_BYTES, type Outcome } from "../outcome.ts";
import { withoutSecrets } from "../without-secrets.ts";
import { pushRequest } from "./push-request.ts";
import type { PyroscopeCollector } from "./pyroscope-collector.ts";

/** How long Pyroscope may take from connecting to the end of its answer. */
export const PYROSCOPE_TIMEOUT_MS = 10_000;
/** Most bytes of an answer that are read; Pyroscope's own are empty, or an error of a few lines. */
const MAX_ANSWER_BYTES = 64 * 1_024;

/** Pushes a profile by `push.v1.PusherService/Push` over Connect and HTTP/1.1. Redirects are not followed. */
export async function pushToPyroscope(
  collector: PyroscopeCollector,
  event: DeliveredEvent,
  { timeoutMs = PYROSCOPE_TIMEOUT_MS }: { timeoutMs?: number } = {},
): Promise<Outcome> {
  if (event.case !== "profileCollected") return { kind: "dropped", reason: "Pyroscope takes profiles, not tasks" };
  const request = pushRequest(event, await event.file.read());
  if (request === undefined) return { kind: "dropped", reason: "Pyroscope has no type for a profile of this target" };
  const transport = createConnectTransport({
    baseUrl: collector.url,
    httpVersion: "1.1",
    useBinaryFormat: true,
    acceptCompression: [],
    readMaxBytes: MAX_ANSWER_BYTES,
  });
  try {
    await createClient(PusherService, transport).push(request, { headers: headersOf(collector), timeoutMs });
    return { kind: "delivered" };
  } catch (error) {
    return outcomeOfCode(ConnectError.from(error), reasonOf(error, collector), Date.now());
  }
}

function headersOf(collector: PyroscopeCollector): Record<string, string> {
  const { username, tenant } = collector;
  return {
    "user-agent": "flashpoint",
    ...(username !== undefined && { authorization: `Basic ${credentialsOf(collector)}` }),
    ...(tenant !== undefined && { "x-scope-orgid": tenant }),
  };
}

/** RFC 7617 §2. */
function credentialsOf({ username, password }: PyroscopeCollector): string {
  return Buffer.from(`${username}:${password}`, "utf8").toString("base64");
}

/** For instance `[invalid_argument] label value too long`. */
function reasonOf(error: unknown, collector: PyroscopeCollector): string {
  const { password } = collector;
  const secrets = password === undefined ? [] : [password, credentialsOf(collector)];
  const bytes = new TextEncoder().encode(withoutSecrets(ConnectError.from(error).message, secrets));
  return new TextDecoder().decode(bytes.subarray(0, EVIDENCE_BYTES), { stream: true });
}
