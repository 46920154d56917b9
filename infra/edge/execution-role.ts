import type { IRepository } from "aws-cdk-lib/aws-ecr";
import type { Role } from "aws-cdk-lib/aws-iam";
import type { LogGroup } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { createRole } from "../permissions.ts";

/** What ECS itself may do to start a task; the server in it has another role. */
export function createExecutionRole(scope: Construct, repository: IRepository, logGroup: LogGroup): Role {
  return createRole(scope, "ExecutionRole", "ecs-tasks.amazonaws.com", [
    {
      sid: "EnterRegistry",
      why: "ECS asks for the key of the account's registry before it fetches the image.",
      actions: ["ecr:GetAuthorizationToken"],
      resources: ["*"],
      wildcard: "The key is the registry's, and AWS knows no ARN for it; what may be fetched stands in PullImage.",
    },
    {
      sid: "PullImage",
      why: "ECS fetches the server's image.",
      actions: ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      resources: [repository.repositoryArn],
    },
    {
      sid: "WriteLog",
      why: "ECS writes what the server says, and its metrics, to the edge's log group.",
      actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
      resources: [logGroup.logGroupArn],
    },
  ]);
}
