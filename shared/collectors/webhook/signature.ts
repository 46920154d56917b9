import { Webhook } from "standardwebhooks";
import { keyOf } from "./secret.ts";
import type { WebhookCollector } from "./webhook-collector.ts";

type Signing = Pick<WebhookCollector, "secret" | "previousSecret" | "previousSecretUntil">;

/**
 * The headers that sign a body by Standard Webhooks 1.0.0, at this time in ms since the epoch. During a rotation there
 * are two signatures, so that receivers with either secret can verify.
 */
export function signatureHeaders(collector: Signing, id: string, body: string, now: number): Record<string, string> {
  const signedAt = new Date(now);
  const secrets = [collector.secret, ...previousSecretAt(collector, now)];
  return {
    "webhook-id": id,
    "webhook-timestamp": String(Math.floor(signedAt.getTime() / 1_000)),
    "webhook-signature": secrets.map((secret) => new Webhook(secret).sign(id, signedAt, body)).join(" "),
  };
}

/** All that signs, or did, and that nobody may see: with `whsec_` and without. */
export function signingSecrets({ secret, previousSecret }: Signing): string[] {
  return [secret, previousSecret ?? ""].flatMap((whole) => [whole, keyOf(whole)]);
}

function previousSecretAt({ previousSecret, previousSecretUntil = "" }: Signing, now: number): string[] {
  return previousSecret !== undefined && now < Date.parse(previousSecretUntil) ? [previousSecret] : [];
}
