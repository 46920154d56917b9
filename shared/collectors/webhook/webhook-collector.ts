import type { Fault } from "../../errors.ts";
import type { CollectorBase } from "../collector-base.ts";
import type { OwnAttributes } from "../kind.ts";
import { isSecret, SECRET_RULE } from "./secret.ts";

/** Takes events by POST, as CloudEvents, signed. */
export interface WebhookCollector extends CollectorBase {
  readonly kind: "webhook";
  /** Standard Webhooks secret: `whsec_` and 24 to 64 bytes in base64. */
  readonly secret: string;
}

/** See `Kind.read`. */
export function readWebhook(
  { secret }: Readonly<Record<string, unknown>>,
  faults: Fault[],
): OwnAttributes<WebhookCollector> {
  if (isSecret(secret)) return { secret };
  faults.push({ path: "secret", problem: SECRET_RULE });
  return { secret: "" };
}
