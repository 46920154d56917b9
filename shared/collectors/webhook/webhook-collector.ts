import { isSecretArn } from "../../aws/secret-arn.ts";
import type { Fault } from "../../errors.ts";
import type { CollectorBase } from "../collector-base.ts";
import type { OwnAttributes } from "../kind.ts";
import { isSecret, SECRET_RULE } from "./secret.ts";

/** The ways of CloudEvents' HTTP binding (§3.1, §3.2): all in the body, or what is around `data` in headers. */
export const MODES = ["structured", "binary"] as const;

/** Takes events by POST, as CloudEvents, signed. */
export interface WebhookCollector extends CollectorBase {
  readonly kind: "webhook";
  /** Standard Webhooks secret: `whsec_` and 24 to 64 bytes in base64. Or the ARN of a secret that holds it. */
  readonly secret: string;
  /** The secret before this one; signs too until `previousSecretUntil` (ISO 8601). */
  readonly previousSecret?: string;
  readonly previousSecretUntil?: string;
  readonly mode: (typeof MODES)[number];
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

/** See `Kind.read`. */
export function readWebhook(item: Readonly<Record<string, unknown>>, faults: Fault[]): OwnAttributes<WebhookCollector> {
  const { secret, previousSecret, previousSecretUntil, mode = "structured" } = item;
  if (!isSecret(secret) && !isSecretArn(secret)) {
    faults.push({ path: "secret", problem: `${SECRET_RULE}, or the ARN of a secret in AWS Secrets Manager` });
  }
  if (previousSecret !== undefined && !isSecret(previousSecret)) {
    faults.push({ path: "previousSecret", problem: SECRET_RULE });
  }
  const isTime = typeof previousSecretUntil === "string" && TIME.test(previousSecretUntil);
  if (previousSecret !== undefined && !(isTime && !Number.isNaN(Date.parse(previousSecretUntil)))) {
    const problem = "takes the time until which the previous secret signs too, for instance 2026-01-31T12:00:00Z";
    faults.push({ path: "previousSecretUntil", problem });
  }
  if (!isMode(mode)) faults.push({ path: "mode", problem: `takes ${MODES.join(" or ")}` });
  return {
    secret,
    ...(previousSecret !== undefined && { previousSecret, previousSecretUntil }),
    mode,
  } as OwnAttributes<WebhookCollector>;
}

/** See `Kind.beforeRotation`. What was no secret before the change has signed nothing. */
export function webhookBeforeRotation(
  attribute: string,
  { value, until }: { value: string; until: number },
): Partial<OwnAttributes<WebhookCollector>> {
  if (attribute !== "secret" || !isSecret(value)) return {};
  return { previousSecret: value, previousSecretUntil: new Date(until).toISOString() };
}

function isMode(value: unknown): boolean {
  return (MODES as readonly unknown[]).includes(value);
}
