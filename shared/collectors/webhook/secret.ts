import { randomBytes } from "node:crypto";

const PREFIX = "whsec_";
/** Standard Webhooks 1.0.0 asks for this many. */
const BYTES = { least: 24, made: 32, most: 64 };

/** What a secret has to be, for a fault. */
export const SECRET_RULE = `takes ${PREFIX} and ${BYTES.least} to ${BYTES.most} bytes in base64`;

export function isSecret(secret: unknown): secret is string {
  if (typeof secret !== "string" || !secret.startsWith(PREFIX)) return false;
  const encoded = keyOf(secret);
  const bytes = Buffer.from(encoded, "base64");
  // Encoded again it must be the same, or the library that signs would not read it.
  return bytes.toString("base64") === encoded && bytes.length >= BYTES.least && bytes.length <= BYTES.most;
}

export function makeSecret(): string {
  return `${PREFIX}${randomBytes(BYTES.made).toString("base64")}`;
}

/** The key that a secret holds, in base64: all that is needed to sign. */
export function keyOf(secret: string): string {
  return secret.slice(PREFIX.length);
}

/** A secret as it may be shown: enough to tell two apart, too little to sign with. */
export function maskSecret(secret: string): string {
  return `${secret.slice(0, PREFIX.length + 4)}…`;
}
