import { ArnFormat, Duration, RemovalPolicy, Stack } from "aws-cdk-lib";
import {
  ApplicationLogLevel,
  Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  SystemLogLevel,
} from "aws-cdk-lib/aws-lambda";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { Settings } from "../../shared/settings.ts";
import type { FunctionName } from "../bundle.ts";
import type { StackOptions } from "../options/read-options.ts";
import { createRole, type Permission } from "../permissions.ts";
import { bundledCode } from "./bundled-code.ts";

export interface FunctionDefinition {
  /** Its folder under functions/. */
  readonly name: FunctionName;
  readonly description: string;
  readonly settings: Settings;
  /** In MiB; processor time grows with it. */
  readonly memory: number;
  readonly timeoutSeconds: number;
  /** How many may run at once, kept free for it; undefined reserves nothing. */
  readonly reservedConcurrency?: number | undefined;
  /** What it may do beside writing its log. */
  readonly permissions: readonly Permission[];
}

/** One of the functions with its log group and a role of its own. */
export function createFunction(
  scope: Construct,
  id: string,
  { prefix, logRetentionDays }: Pick<StackOptions, "prefix" | "logRetentionDays">,
  definition: FunctionDefinition,
): LambdaFunction {
  const { name, description, settings, memory, timeoutSeconds, reservedConcurrency } = definition;
  const room = new Construct(scope, id);
  const functionName = `${prefix}-${name}`;
  const logGroupName = `/aws/lambda/${functionName}`;
  const logGroup = new LogGroup(room, "Logs", {
    logGroupName,
    retention: logRetentionDays as RetentionDays, // the options know which there are
    removalPolicy: RemovalPolicy.DESTROY,
  });
  return new LambdaFunction(room, "Function", {
    functionName,
    description,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    handler: "index.handler",
    code: bundledCode(name),
    role: createRole(room, "Role", "lambda.amazonaws.com", [writeLog(scope, logGroupName), ...definition.permissions]),
    memorySize: memory,
    timeout: Duration.seconds(timeoutSeconds),
    ...(reservedConcurrency !== undefined && { reservedConcurrentExecutions: reservedConcurrency }),
    environment: settingsAsText(settings),
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    // Flashpoint's own setting decides which of its lines there are; metrics travel as lines too.
    applicationLogLevelV2: ApplicationLogLevel.TRACE,
    // Three lines of Lambda's own for each call would cost more than the calls: 1,000 agents poll 260 million times a month.
    systemLogLevelV2: SystemLogLevel.WARN,
  });
}

/** Log groups are named here and not referred to, since a role comes before what it is for. */
function writeLog(scope: Construct, logGroupName: string): Permission {
  const streams = Stack.of(scope).formatArn({
    service: "logs",
    resource: "log-group",
    resourceName: `${logGroupName}:*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  return {
    sid: "WriteLog",
    why: "Lambda writes the function's log lines and metrics with the function's role.",
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [streams],
    wildcard:
      "Lambda makes a log stream for each instance and names it itself; only this function's log group is open.",
  };
}

/** As an environment; what is unset stays out. */
export function settingsAsText(settings: Settings): Record<string, string> {
  return Object.fromEntries(Object.entries(settings).flatMap(([name, value]) => (value ? [[name, value]] : [])));
}
