import { createHash } from "node:crypto";

/** Of a name that is written out; every file system takes more. */
const MAX_LENGTH = 100;

/** How a name with a hash ends; one that ends so of itself gets a hash too, so that it never is another's. */
const HASHED = /-[0-9a-f]{8,}$/i;

/**
 * Names of files for services, each another one, also where capitals mean nothing. A name that a file system may not take, or
 * that another one only differs from in capitals, goes on with the beginning of its hash.
 */
export function fileNamesOf(serviceNames: readonly string[]): Map<string, string> {
  const seen = countsOf(serviceNames);
  const named = (name: string, digits: number): string => {
    const safe = name
      .replaceAll(/[^\w.-]/gu, "_")
      .replace(/^[.-]/, "_")
      .slice(0, MAX_LENGTH);
    const isItself = safe === name && seen.get(name.toLowerCase()) === 1 && !HASHED.test(name);
    return isItself ? name : `${safe}-${createHash("sha256").update(name).digest("hex").slice(0, digits)}`;
  };
  const short = serviceNames.map((name) => [name, named(name, 8)] as const);
  const taken = countsOf(short.map(([, file]) => file));
  return new Map(
    short.map(([name, file]) => {
      const isAlone = taken.get(file.toLowerCase()) === 1;
      return [name, `${isAlone ? file : named(name, 64)}.yaml`];
    }),
  );
}

function countsOf(names: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name.toLowerCase(), (counts.get(name.toLowerCase()) ?? 0) + 1);
  return counts;
}
