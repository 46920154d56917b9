import type { Egress } from "../egress/egress.ts";
import type { Fault } from "../errors.ts";
import type { CollectorBase } from "./collector-base.ts";
import type { DeliveredEvent } from "./delivered-event.ts";
import type { EventKind } from "./event-kind.ts";
import type { Outcome } from "./outcome.ts";

/** What a collector of one kind has beside what every collector has. */
export type OwnAttributes<C extends CollectorBase> = Omit<C, keyof CollectorBase>;

export interface SendContext {
  /** The stack's name. */
  readonly stack: string;
  readonly egress: Egress;
}

/** One way in which collectors can be spoken to: all that the others need to know of it. */
export interface Kind<C extends CollectorBase> {
  readonly takes: readonly EventKind[];
  /** What a collector gets that does not say. */
  readonly defaultEvents: readonly EventKind[];
  /** Names of its own attributes. */
  readonly attributes: readonly string[];
  /** Those of them that nobody may see, and what is shown in their place. */
  readonly secrets: Readonly<Record<string, (secret: string) => string>>;
  /** Names of headers that it sets itself, in small letters, and by which of its attributes. */
  ownHeaders?(item: Readonly<Record<string, unknown>>): Readonly<Record<string, string>>;
  /** What a collector has beside, where one of its secrets was changed and what it was before counts until then, in ms. */
  beforeRotation?(attribute: string, previous: { value: string; until: number }): Partial<OwnAttributes<C>>;
  /** Reads its own attributes from a collector's item and adds every fault. Without faults, what it returns is valid. */
  read(item: Readonly<Record<string, unknown>>, faults: Fault[]): OwnAttributes<C>;
  /**
   * Sends one event to one collector, once, within a bound of time. Never throws for what the collector does; what the
   * event's file throws passes through.
   */
  send(collector: C, event: DeliveredEvent, context: SendContext): Promise<Outcome>;
  /**
   * Tries the collector once, as `send` would reach it, with something that it is to take for a test; `answer` of the
   * outcome holds what came back.
   */
  test(collector: C, context: SendContext): Promise<Outcome>;
}
