import { Duration } from "aws-cdk-lib";
import type { AlarmDefinition } from "../alarm.ts";
import type { Seen } from "../seen.ts";

const HARM = {
  "agent-api": "agents' calls are not answered",
  "task-dispatcher": "reports and profiles stay queued",
  "task-forwarder": "deliveries stay queued",
} as const;
/** The part of the reserved concurrency from which on it is worth a look. */
const NEARLY_ALL = 0.8;

/** Functions that fail, are held back by Lambda, or soon will be. */
export function functionAlarms({ functions, options }: Pick<Seen, "functions" | "options">): AlarmDefinition[] {
  const names = Object.keys(HARM) as (keyof typeof HARM)[];
  // Once may be an instance that AWS took away; calls and messages come again. What is wrong goes on for minutes.
  const going = { threshold: 1, raised: "from", periods: [2, 3], tellsWhenOver: true } as const;
  const period = Duration.minutes(5);
  const alarms = names.flatMap((name): AlarmDefinition[] => [
    {
      ...going,
      name: `${name}-errors`,
      meaning: `The function ${name} crashes or runs out of time or memory: ${HARM[name]}.`,
      metric: functions[name].metricErrors({ period, statistic: "Sum" }),
    },
    {
      ...going,
      name: `${name}-throttles`,
      meaning: `Lambda runs no more instances of ${name}: ${HARM[name]} for as long.`,
      metric: functions[name].metricThrottles({ period, statistic: "Sum" }),
    },
  ]);
  const { reservedConcurrency } = options;
  if (reservedConcurrency === undefined) return alarms;
  const concurrency: AlarmDefinition = {
    name: "agent-api-concurrency",
    meaning: `At least ${NEARLY_ALL * 100} % of agent-api's ${reservedConcurrency} reserved instances run at once; beyond them agents are turned away.`,
    metric: functions["agent-api"].metric("ConcurrentExecutions", {
      period: Duration.minutes(1),
      statistic: "Maximum",
    }),
    threshold: Math.ceil(NEARLY_ALL * reservedConcurrency),
    raised: "from",
    periods: [3, 5],
    tellsWhenOver: true,
  };
  return [...alarms, concurrency];
}
