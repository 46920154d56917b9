import { TARGETS, type Target } from "../policies/policy.ts";
import type { EventKind } from "./event-kind.ts";

/** What every collector has, whatever its kind. */
export interface CollectorBase {
  readonly name: string;
  readonly kind: string;
  readonly url: string;
  /** A collector that is not enabled gets no new deliveries. */
  readonly enabled: boolean;
  /** Globs over service names, `*` for any run of characters; one that starts with `!` takes services out again. */
  readonly services: readonly string[];
  /** What it gets of these services. */
  readonly events: readonly EventKind[];
  /** The targets whose tasks and profiles it gets. */
  readonly targets: readonly Target[];
  /** Headers that go with everything it gets, by name in small letters; a value, or the ARN of a secret that holds it. */
  readonly headers: Readonly<Record<string, string>>;
  /** How long one attempt may take from connecting to the end of the answer. */
  readonly timeoutSeconds: number;
}

/** What a collector is that does not say. */
export const BASE_DEFAULTS = {
  enabled: true,
  services: ["*"],
  targets: TARGETS,
  headers: {},
  timeoutSeconds: 10,
} as const satisfies Partial<CollectorBase>;

/** Seconds. */
export const TIMEOUT = { least: 1, most: 15 } as const;
