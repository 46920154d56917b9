import { RemovalPolicy } from "aws-cdk-lib";
import { CfnFlowLog, type IVpc } from "aws-cdk-lib/aws-ec2";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import type { StackOptions } from "../options/read-options.ts";
import { createRole } from "../permissions.ts";

/** Notes what the network turned away. What it let through is the agents' traffic, a line for each connection of theirs. */
export function createFlowLog(
  scope: Construct,
  { prefix, logRetentionDays }: Pick<StackOptions, "prefix" | "logRetentionDays">,
  vpc: IVpc,
): void {
  const room = new Construct(scope, "FlowLog");
  const logGroup = new LogGroup(room, "Logs", {
    logGroupName: `/flashpoint/${prefix}-edge/rejected-traffic`,
    retention: logRetentionDays as RetentionDays, // the options know which there are
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = createRole(room, "Role", "vpc-flow-logs.amazonaws.com", [
    {
      sid: "WriteFlowLog",
      why: "The network's flow log writes a line for what was turned away.",
      actions: ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      resources: [logGroup.logGroupArn],
    },
  ]);
  // The CDK's own construct would let the role pass itself on, which nobody needs.
  new CfnFlowLog(room, "FlowLog", {
    resourceType: "VPC",
    resourceId: vpc.vpcId,
    trafficType: "REJECT",
    logDestinationType: "cloud-watch-logs",
    logGroupName: logGroup.logGroupName,
    deliverLogsPermissionArn: role.roleArn,
  });
}
