import { isMeantAsSecretArn, isSecretArn, partsOfArn } from "../aws/secret-arn.ts";
import type { SecretVersions } from "../aws/secret-reader.ts";
import { Unavailable } from "../errors.ts";
import { type Collector, kindNamed } from "./kinds.ts";
import { validateCollector } from "./validate-collector.ts";

/**
 * Puts the secrets themselves where a collector has ARNs of them.
 * @throws Unavailable if one cannot be read, or is not what the collector needs there; repeats nothing of it.
 */
export type ResolveSecrets = (collector: Collector) => Promise<Collector>;

/** One place in a collector that holds an ARN. */
interface Place {
  /** As faults name it. */
  readonly path: string;
  readonly arn: string;
  /** What the collector has there instead, and beside. */
  fill(secret: SecretVersions): void;
}

export function createSecretResolver({
  read,
}: {
  /** See `SecretReader.read`. */
  read: (arn: string) => Promise<SecretVersions>;
}): ResolveSecrets {
  return async (collector) => {
    const filled: Record<string, unknown> & { headers: Record<string, string> } = {
      ...collector,
      headers: { ...collector.headers },
    };
    const places = [...ownPlaces(collector, filled), ...headerPlaces(collector, filled.headers)];
    if (places.length === 0) return collector;
    await Promise.all(places.map(async ({ arn, fill }) => fill(await read(arn))));
    return validated(filled, places);
  };
}

function ownPlaces(collector: Collector, filled: Record<string, unknown>): Place[] {
  const { secrets, beforeRotation } = kindNamed(collector.kind);
  return Object.entries(collector).flatMap(([path, arn]) => {
    if (!(path in secrets) || !isSecretArn(arn)) return [];
    const fill = ({ current, previous }: SecretVersions): void => {
      filled[path] = current;
      if (previous !== undefined) Object.assign(filled, beforeRotation?.(path, previous));
    };
    return [{ path, arn, fill }];
  });
}

function headerPlaces({ headers }: Collector, filled: Record<string, string>): Place[] {
  return Object.entries(headers).flatMap(([name, arn]) => {
    if (!isSecretArn(arn)) return [];
    const fill = ({ current }: SecretVersions): void => {
      filled[name] = current;
    };
    return [{ path: `headers.${name}`, arn, fill }];
  });
}

function validated(filled: Record<string, unknown>, places: readonly Place[]): Collector {
  const result = validateCollector(filled);
  const headers = filled.headers as Record<string, unknown>;
  for (const { path, arn } of places) {
    const value = path.startsWith("headers.") ? headers[path.slice("headers.".length)] : filled[path];
    const isFaulty = !result.ok && result.faults.some((fault) => fault.path === path);
    // An ARN would pass where it stands in the item; a secret that holds one would go out as it is.
    if (isFaulty || isMeantAsSecretArn(value)) {
      throw new Unavailable(`secret ${partsOfArn(arn).name} holds nothing that is valid as ${path}`);
    }
  }
  if (!result.ok) throw new Unavailable("with its secrets the collector is no longer valid");
  return result.collector;
}
