import { errorText } from "../../shared/errors.ts";
import type { HeldPolicy } from "./policy-poll.ts";
import type { Flush } from "./profile-upload.ts";

/** What the agent tells of its life. */
export type AgentEvent =
  | { kind: "registered"; processId: string }
  | { kind: "policy"; policy: HeldPolicy }
  | { kind: "sampled"; percent: number }
  | { kind: "reported"; taskId: string; current: number; threshold: number }
  | { kind: "flushed"; flush: Flush }
  /** A call failed; it is tried again at its next turn. */
  | { kind: "failed"; call: string; error: Error };

/** The event as a line for people. */
export function describeAgentEvent(event: AgentEvent): string {
  switch (event.kind) {
    case "registered":
      return `agent: reported its process, which is known as ${event.processId.slice(0, 12)}… from now on`;
    case "policy":
      return event.policy.uuid === ""
        ? "agent: polled; the policy is gone"
        : `agent: polled and got the policy, uuid ${event.policy.uuid.slice(0, 12)}…`;
    case "sampled":
      return `agent: the process used ${event.percent.toFixed(0)} % of a CPU`;
    case "reported":
      return `agent: threshold crossed, ${event.current.toFixed(0)} % ≥ ${event.threshold} %; reported, task ${event.taskId}`;
    case "flushed":
      return `agent: uploaded ${event.flush.samples} samples at ${event.flush.stacks} stacks`;
    case "failed":
      return `agent: ${event.call} failed, to be tried again at its next turn: ${errorText(event.error)}`;
  }
}
