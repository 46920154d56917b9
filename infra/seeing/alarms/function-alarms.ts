import { Duration } from "aws-cdk-lib";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { AlarmDefinition } from "../alarm.ts";
import type { Seen } from "../seen.ts";

const HARM = {
  "agent-api": "agents' calls are not answered",
  "task-dispatcher": "reports and profiles stay queued",
  "task-forwarder": "deliveries stay queued",
} as const;
/** The part of what is reserved from which on it is worth a look. */
const NEARLY_ALL = 0.8;
/**
 * How many calls a second a function URL lets through for each reserved instance, however short they are: "Creating and
 * managing Lambda function URLs" in the AWS Lambda Developer Guide. Below 100 ms a call, this ends before the instances do.
 */
const CALLS_A_SECOND = 10;

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
      meaning: `Lambda holds ${name} back: ${HARM[name]} for as long.`,
      metric: functions[name].metricThrottles({ period, statistic: "Sum" }),
    },
  ]);
  const { reservedConcurrency } = options;
  return reservedConcurrency === undefined
    ? alarms
    : [...alarms, ...doorAlarms(functions["agent-api"], reservedConcurrency)];
}

/** What is reserved bounds agents' calls in two ways; both are told before anybody is turned away. */
function doorAlarms(agentApi: LambdaFunction, reserved: number): AlarmDefinition[] {
  const shared = { raised: "from", periods: [3, 5], tellsWhenOver: true } as const;
  const period = Duration.minutes(1);
  const nearly = `At least ${NEARLY_ALL * 100} % of`;
  return [
    {
      ...shared,
      name: "agent-api-concurrency",
      meaning: `${nearly} agent-api's ${reserved} reserved instances run at once; beyond them agents are turned away.`,
      metric: agentApi.metric("ConcurrentExecutions", { period, statistic: "Maximum" }),
      threshold: Math.ceil(NEARLY_ALL * reserved),
    },
    {
      ...shared,
      name: "agent-api-rate",
      meaning: `${nearly} the ${CALLS_A_SECOND * reserved} calls a second that AWS lets through to agent-api are made; beyond them agents are turned away.`,
      metric: agentApi.metric("UrlRequestCount", { period, statistic: "Sum" }),
      threshold: Math.ceil(NEARLY_ALL * CALLS_A_SECOND * reserved * period.toSeconds()),
    },
  ];
}
