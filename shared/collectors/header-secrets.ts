/** Shorter ones are words like `on`: masked, they would garble what is shown. */
const LEAST_CHARACTERS = 4;

/** What of a collector's own headers nobody may see: each value, and what stands behind a scheme, as in `Bearer …`. */
export function secretsOfHeaders(headers: Readonly<Record<string, string>>): string[] {
  return Object.values(headers)
    .flatMap((value) => [value.trim(), ...value.trim().split(/\s+/)])
    .filter((secret) => secret.length >= LEAST_CHARACTERS);
}
