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
}
