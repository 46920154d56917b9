/** One way in for agents. */
export interface Door {
  readonly kind: "HTTP" | "gRPC";
  /** A URL for HTTP, `host:port` for gRPC. */
  readonly address: string;
  readonly isSecure: boolean;
  /** Whether it is on this machine, where no proxy of the environment stands in between. */
  readonly isLocal: boolean;
  /** Whether it says at /readyz how it does; a Function URL answers RPCs alone. */
  readonly hasReadiness: boolean;
}

/** What came back when a door was asked. */
export interface DoorAnswer {
  /** How long an answer took; nothing if agents are not served. */
  readonly ms: number;
  /** Why agents are not served; undefined: they are. */
  readonly trouble: string | undefined;
  /** Whether a call has to bring a token in force; undefined if that could not be found out. */
  readonly asksForToken: boolean | undefined;
  /** By the door's clock, when it answered and what our clock said meanwhile; ms since the epoch. HTTP only. */
  readonly clock: ClockReading | undefined;
}

/** A clock beside ours. */
export interface ClockReading {
  /** What the other clock said, to the second. */
  readonly theirs: number;
  /** Halfway between question and answer by ours. */
  readonly ours: number;
}

/** How a poll ended that named no service: whoever may call is answered, whatever there is. */
export type PollEnd = { readonly end: "answered" | "no-token" } | { readonly end: "failed"; readonly why: string };

export const POLL_PATH = "/skywalking.v3.ContinuousProfilingService/queryPolicies";
/** How long one question may take; a cold start of a function is within it. */
export const DOOR_PATIENCE_MS = 4_000;
