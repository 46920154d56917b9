import type { CfnResource } from "aws-cdk-lib";
import { CfnFunction } from "aws-cdk-lib/aws-lambda";
import { CfnLogGroup } from "aws-cdk-lib/aws-logs";
import { compliantIf, NOT_APPLICABLE, type Rule } from "./rule.ts";
import { logicalId, referenced, resolved, siblings } from "./same-stack.ts";

/** Where functions run, and where their lines go. */
export const functionHost: Rule = {
  name: "FunctionHost",
  info: "The function is not on arm64 with Node.js 24, or its log is not JSON in a log group that forgets.",
  explanation:
    "The bundles are made for Node.js 24; arm64 costs a fifth less. Lines of every call, kept for ever, would be the greatest cost of all.",
  check(resource) {
    if (!(resource instanceof CfnFunction)) return NOT_APPLICABLE;
    const logging = resolved(resource, resource.loggingConfig) as Record<string, unknown> | undefined;
    const groupId = referenced(resource, logging?.logGroup);
    const group = siblings(resource, isLogGroup).find((group) => logicalId(group) === groupId);
    return compliantIf(
      resource.runtime === "nodejs24.x" &&
        resource.architectures?.length === 1 &&
        resource.architectures[0] === "arm64" &&
        logging?.logFormat === "JSON" &&
        logging?.systemLogLevel === "WARN" &&
        group?.retentionInDays !== undefined,
    );
  },
};

function isLogGroup(resource: CfnResource): resource is CfnLogGroup {
  return resource instanceof CfnLogGroup;
}
