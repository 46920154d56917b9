import { reportedAt, type ServiceFacts, type TriggeredTask } from "./service-facts.ts";

/** How long an agent leaves a process alone that it has reported. */
export const LEFT_ALONE_MINUTES = 20;

/** Whether the agent still leaves alone what it has reported. */
export function isLeftAlone({ task }: TriggeredTask, now: number): boolean {
  return now - reportedAt(task) < LEFT_ALONE_MINUTES * 60_000;
}

/** Whether every agent that watched the service has gone silent: nothing can fire until one is back. */
export function isCutOff({ agents, silentAgents }: ServiceFacts): boolean {
  return agents.length === 0 && silentAgents.length > 0;
}

/** Whether what became of a trigger explains less than what has happened to the agents since. */
export function isOvertaken(task: TriggeredTask, facts: ServiceFacts): boolean {
  return isCutOff(facts) && !isLeftAlone(task, facts.now);
}
