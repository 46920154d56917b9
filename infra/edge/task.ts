import { Aws, Duration, RemovalPolicy } from "aws-cdk-lib";
import {
  Capability,
  ContainerImage,
  CpuArchitecture,
  FargateTaskDefinition,
  LinuxParameters,
  LogDriver,
  OperatingSystemFamily,
  UlimitName,
} from "aws-cdk-lib/aws-ecs";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { acknowledge } from "../checks/acknowledge.ts";
import { servingAgents } from "../functions/agent-api.ts";
import { settingsAsText } from "../functions/create-function.ts";
import type { EdgeOptions } from "../options/edge-options.ts";
import type { StackOptions } from "../options/read-options.ts";
import { createRole } from "../permissions.ts";
import type { Storage } from "../storage/storage.ts";
import { createExecutionRole } from "./execution-role.ts";
import { createImage } from "./image.ts";
import { GRPC_PORT, HTTP_PORT } from "./ports.ts";

/** The name of the only container. */
export const CONTAINER = "server";
/** The server needs 10 s at most once it is told to stop. */
const STOP_SECONDS = 30;

export interface Task {
  readonly definition: FargateTaskDefinition;
  /** What the server says, and its metrics. */
  readonly logGroup: LogGroup;
}

/** One server: what runs, with what rights, and what it is told. */
export function createTask(
  scope: Construct,
  { prefix, logRetentionDays }: Pick<StackOptions, "prefix" | "logRetentionDays">,
  { cpu, memory, maxConnections }: Pick<EdgeOptions, "cpu" | "memory" | "maxConnections">,
  storage: Storage,
): Task {
  const logGroup = new LogGroup(scope, "Logs", {
    logGroupName: `/flashpoint/${prefix}-edge/server`,
    retention: logRetentionDays as RetentionDays, // the options know which there are
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const image = createImage(scope);
  const definition = new FargateTaskDefinition(scope, "Task", {
    family: `${prefix}-edge`,
    cpu,
    memoryLimitMiB: memory,
    runtimePlatform: { cpuArchitecture: CpuArchitecture.ARM64, operatingSystemFamily: OperatingSystemFamily.LINUX },
    taskRole: createRole(scope, "TaskRole", "ecs-tasks.amazonaws.com", servingAgents(storage)),
    // The CDK would add statements of its own, without a word of why.
    executionRole: createExecutionRole(scope, image.repository, logGroup).withoutPolicyUpdates(),
  });
  acknowledge(definition, "AwsSolutions-ECS2", "The environment holds settings alone; the server knows no secret.");
  const linuxParameters = new LinuxParameters(scope, "LinuxParameters", {
    initProcessEnabled: true, // reaps what health checks leave behind, and passes signals on
  });
  linuxParameters.dropCapabilities(Capability.ALL);
  const container = definition.addContainer(CONTAINER, {
    containerName: CONTAINER,
    image: ContainerImage.fromDockerImageAsset(image),
    memoryLimitMiB: memory, // the container's own limit is the one that Node sees: it bounds its heap by it
    essential: true,
    user: "node",
    readonlyRootFilesystem: true,
    linuxParameters,
    environment: {
      ...settingsAsText(storage.settings),
      ...settingsAsText({ FLASHPOINT_EMF: "true", FLASHPOINT_MAX_CONNECTIONS: String(maxConnections) }),
      AWS_REGION: Aws.REGION,
    },
    portMappings: [{ containerPort: GRPC_PORT }, { containerPort: HTTP_PORT }],
    healthCheck: {
      command: ["CMD", "node", "server/health-probe.ts"],
      interval: Duration.seconds(30), // each starts a process beside the server
      timeout: Duration.seconds(10),
      startPeriod: Duration.seconds(30),
      retries: 3,
    },
    stopTimeout: Duration.seconds(STOP_SECONDS),
    logging: LogDriver.awsLogs({ logGroup, streamPrefix: "edge" }),
  });
  container.addUlimits({ name: UlimitName.NOFILE, softLimit: 65_535, hardLimit: 65_535 }); // one for each connection
  return { definition, logGroup };
}
