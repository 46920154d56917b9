import { synthesisedTemplate } from "../../infra/page/synthesised-template.ts";
import type { Template, TemplateResource } from "../../infra/page/template.ts";
import { loadConfig } from "../../shared/config.ts";

/** What costs in the stack, or decides how much does, as its template has it. */
export interface StackFacts {
  /** Memory of each function, in MiB. */
  readonly memory: Readonly<Record<"agent-api" | "task-dispatcher" | "task-forwarder", number>>;
  /** How many calls of agents run at once at most; undefined for no limit of the stack's own. */
  readonly reservedConcurrency: number | undefined;
  /** Queues that Lambda asks all the time. */
  readonly polledQueues: number;
  /** Seconds that a policy is served without being read again. */
  readonly policyCacheSeconds: number;
  readonly taskRetentionDays: number;
  readonly profileRetentionDays: number;
  readonly logRetentionDays: number;
  /** Of the table of tasks: each write of a task writes these too. */
  readonly taskIndexes: number;
  /** Whether every table can be restored to any second. */
  readonly hasRecovery: boolean;
  readonly dashboards: number;
  /** Metrics that alarms read by name. */
  readonly alarmedMetrics: number;
  /** Alarms that query, and pay for what they find. */
  readonly alarmQueries: number;
  readonly edge: EdgeFacts | undefined;
}

export interface EdgeFacts {
  readonly vcpus: number;
  readonly memoryGb: number;
  readonly minTasks: number;
  readonly maxTasks: number;
  /** Part of its processors from which on tasks are added. */
  readonly busyShare: number;
  /** Connections that a task takes. */
  readonly maxConnections: number;
  /** The load balancer has a public address in each. */
  readonly zones: number;
  /** Whether the load balancer hands connections to tasks in any zone. */
  readonly crossesZones: boolean;
  /** Whether each task has one too. */
  readonly tasksHaveAddresses: boolean;
}

/**
 * Reads the stack with these options, so that a bill follows whatever is changed in infra/.
 * @throws InvalidInput with every fault of the options.
 */
export function stackFacts(options: Readonly<Record<string, unknown>> = {}): StackFacts {
  const template = synthesisedTemplate(options);
  const functions = propertiesOf(template, "AWS::Lambda::Function");
  const functionOf = (name: string) =>
    only(
      functions.filter(({ FunctionName }) => FunctionName.endsWith(`-${name}`)),
      name,
    );
  const agentApi = functionOf("agent-api");
  // What is no text refers to something that the stack makes, the bucket for one.
  const variables = Object.entries(agentApi.Environment.Variables).filter(([, value]) => typeof value === "string");
  const config = loadConfig(Object.fromEntries(variables));
  const tables = propertiesOf(template, "AWS::DynamoDB::Table");
  const tasks = only(
    tables.filter(({ TableName }) => TableName === `${config.stack}-tasks`),
    "table of tasks",
  );
  const alarms = propertiesOf(template, "AWS::CloudWatch::Alarm").flatMap(
    // An alarm names one metric, or lists what it reckons with: metrics, queries, and arithmetic over them.
    ({ Metrics = [{ MetricStat: {} }] }) => Metrics as { MetricStat?: unknown; Expression?: string }[],
  );
  return {
    memory: {
      "agent-api": agentApi.MemorySize,
      "task-dispatcher": functionOf("task-dispatcher").MemorySize,
      "task-forwarder": functionOf("task-forwarder").MemorySize,
    },
    reservedConcurrency: agentApi.ReservedConcurrentExecutions,
    polledQueues: propertiesOf(template, "AWS::Lambda::EventSourceMapping").length,
    policyCacheSeconds: config.policyCacheMs / 1_000,
    taskRetentionDays: config.taskRetentionDays,
    profileRetentionDays: config.profileRetentionDays,
    logRetentionDays: Math.max(
      ...propertiesOf(template, "AWS::Logs::LogGroup").map(({ RetentionInDays }) => RetentionInDays),
    ),
    taskIndexes: tasks.GlobalSecondaryIndexes?.length ?? 0,
    hasRecovery: tables.every(
      ({ PointInTimeRecoverySpecification }) => PointInTimeRecoverySpecification?.PointInTimeRecoveryEnabled === true,
    ),
    dashboards: propertiesOf(template, "AWS::CloudWatch::Dashboard").length,
    alarmedMetrics: alarms.filter(({ MetricStat }) => MetricStat !== undefined).length,
    alarmQueries: alarms.filter(({ Expression }) => Expression?.startsWith("SELECT ")).length,
    edge: edgeFacts(template),
  };
}

function edgeFacts(template: Template): EdgeFacts | undefined {
  const [task] = propertiesOf(template, "AWS::ECS::TaskDefinition");
  if (task === undefined) return undefined;
  const one = (type: string) => only(propertiesOf(template, type), type);
  const balancer = one("AWS::ElasticLoadBalancingV2::LoadBalancer");
  const attributes: { Key: string; Value: unknown }[] = balancer.LoadBalancerAttributes ?? [];
  const target = one("AWS::ApplicationAutoScaling::ScalableTarget");
  const variables: { Name: string; Value: string }[] = task.ContainerDefinitions[0].Environment;
  const limit = variables.find(({ Name }) => Name === "FLASHPOINT_MAX_CONNECTIONS")?.Value;
  const { maxConnections } = loadConfig(limit === undefined ? {} : { FLASHPOINT_MAX_CONNECTIONS: limit });
  return {
    vcpus: Number(task.Cpu) / 1_024,
    memoryGb: Number(task.Memory) / 1_024,
    minTasks: target.MinCapacity,
    maxTasks: target.MaxCapacity,
    busyShare:
      one("AWS::ApplicationAutoScaling::ScalingPolicy").TargetTrackingScalingPolicyConfiguration.TargetValue / 100,
    maxConnections,
    zones: balancer.Subnets.length,
    crossesZones: attributes.some(
      ({ Key, Value }) => Key === "load_balancing.cross_zone.enabled" && String(Value) === "true",
    ),
    tasksHaveAddresses: one("AWS::ECS::Service").NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp === "ENABLED",
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a template is as deep and as loose as CloudFormation
function propertiesOf(template: Template, type: string): any[] {
  return Object.values(template.Resources)
    .filter(({ Type }: TemplateResource) => Type === type)
    .map(({ Properties = {} }) => Properties);
}

function only<T>(found: readonly T[], what: string): T {
  const [first] = found;
  if (first === undefined || found.length > 1) {
    throw new Error(
      `the stack has ${found.length} of ${what}; the bill reckons with one: mend bench/cost/stack-facts.ts`,
    );
  }
  return first;
}
