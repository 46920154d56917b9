import { createHash } from "node:crypto";

/** Of a name that is written out; every file system takes more. */
const MAX_LENGTH = 100;

/**
 * Names of files for services, each another one, also where capitals mean nothing. A name that a file system may not take, or
 * that another one only differs from in capitals, goes on with the beginning of its hash.
 */
export function fileNamesOf(serviceNames: readonly string[]): Map<string, string> {
  const seen = new Map<string, number>();
  for (const name of serviceNames) seen.set(name.toLowerCase(), (seen.get(name.toLowerCase()) ?? 0) + 1);
  return new Map(
    serviceNames.map((name) => {
      const safe = name
        .replaceAll(/[^\w.-]/gu, "_")
        .replace(/^[.-]/, "_")
        .slice(0, MAX_LENGTH);
      const isItself = safe === name && seen.get(name.toLowerCase()) === 1;
      const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
      return [name, isItself ? `${name}.yaml` : `${safe}-${hash}.yaml`];
    }),
  );
}
