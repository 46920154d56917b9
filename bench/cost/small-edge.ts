/** The edge at its smallest that holds 10,000 agents: options of the stack. */
export const SMALL_EDGE = {
  edge: true,
  edgeMinTasks: 1,
  edgeZones: 1,
  edgeCpu: 256,
  edgeMemory: 1_024,
  edgeMaxConnections: 15_000,
} as const;
