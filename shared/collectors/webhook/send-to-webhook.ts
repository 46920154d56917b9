import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { v7 as uuidv7 } from "uuid";
import { connectionErrorText } from "../../egress/connection-error-text.ts";
import { type Answer, post } from "../../egress/post.ts";
import type { DeliveredEvent } from "../delivered-event.ts";
import { deliveredProfile } from "../delivered-profile.ts";
import { outcomeOfError } from "../error-outcome.ts";
import { secretsOfHeaders } from "../header-secrets.ts";
import { outcomeOfStatus } from "../http-outcome.ts";
import type { SendContext } from "../kind.ts";
import { secretsOfLink } from "../link-secrets.ts";
import { EVIDENCE_BYTES, type Outcome } from "../outcome.ts";
import { retryAfterSeconds } from "../retry-after.ts";
import { withoutSecrets } from "../without-secrets.ts";
import { type CloudEvent, profileCollectedEvent, taskReportedEvent, testEvent } from "./cloud-event.ts";
import { httpMessageOf } from "./http-message.ts";
import { signatureHeaders, signingSecrets } from "./signature.ts";
import type { WebhookCollector } from "./webhook-collector.ts";

interface Clock {
  /** Milliseconds since the epoch. */
  now?: () => number;
}

/** Sends an event to a webhook: a CloudEvent over POST, signed. Redirects are not followed. */
export async function sendToWebhook(
  collector: WebhookCollector,
  event: DeliveredEvent,
  { stack, egress }: SendContext,
  { now = Date.now }: Clock = {},
): Promise<Outcome> {
  const { cloudEvent, link } = await prepare(event, stack);
  const secrets = link === undefined ? [] : secretsOfLink(link);
  return attempt(collector, cloudEvent, { egress, secrets, now }, async () => ({ kind: "delivered" }));
}

/** Sends an event that stands for nothing, and says what the webhook answered, for instance `200: ok`. */
export function testWebhook(
  collector: WebhookCollector,
  { stack, egress }: SendContext,
  { now = Date.now }: Clock = {},
): Promise<Outcome> {
  const at = now();
  const cloudEvent = testEvent(
    { collector: collector.name, at: timestampFromMs(at) },
    { id: uuidv7({ msecs: at }), stack },
  );
  return attempt(collector, cloudEvent, { egress, secrets: [], now }, async (answered) => ({
    kind: "delivered",
    answer: await answered(),
  }));
}

/** @param taken what it means if the webhook answers that it has the event; `answered` reads what else it said. */
async function attempt(
  collector: WebhookCollector,
  cloudEvent: CloudEvent,
  { egress, secrets, now }: Pick<SendContext, "egress"> & { secrets: readonly string[]; now: () => number },
  taken: (answered: () => Promise<string>) => Promise<Outcome>,
): Promise<Outcome> {
  const { headers, body } = httpMessageOf(cloudEvent, collector.mode);
  const hidden = [...secrets, ...signingSecrets(collector), ...secretsOfHeaders(collector.headers)];
  let answer: Answer;
  try {
    answer = await post(collector.url, {
      headers: {
        ...collector.headers,
        ...headers,
        "user-agent": "flashpoint",
        ...signatureHeaders(collector, cloudEvent.id, body, now()),
      },
      body,
      egress,
      timeoutMs: collector.timeoutSeconds * 1_000,
      maxAnswerBytes: EVIDENCE_BYTES,
    });
  } catch (error) {
    return outcomeOfError(error, connectionErrorText(error));
  }
  const { status } = answer;
  const answered = async (): Promise<string> => {
    const evidence = withoutSecrets(await answer.evidence(), hidden);
    return evidence === "" ? String(status) : `${status}: ${evidence}`;
  };
  if (status >= 200 && status < 300) return taken(answered);
  const retryAfter = retryAfterSeconds(answer.headers.get("retry-after"), now());
  return outcomeOfStatus(status, `answered ${await answered()}`, retryAfter);
}

async function prepare(event: DeliveredEvent, stack: string): Promise<{ cloudEvent: CloudEvent; link?: string }> {
  const origin = { id: event.id, stack };
  if (event.case === "taskReported") return { cloudEvent: taskReportedEvent(event.task, origin) };
  const delivered = await deliveredProfile(event);
  return { cloudEvent: profileCollectedEvent(delivered, origin), link: delivered.downloadUrl };
}
