import type { CfnResource } from "aws-cdk-lib";
import { CfnManagedPolicy, CfnPolicy, CfnRole } from "aws-cdk-lib/aws-iam";
import { CfnFunction } from "aws-cdk-lib/aws-lambda";
import { WHY } from "../permissions.ts";
import { compliantIf, NOT_APPLICABLE, type Rule } from "./rule.ts";
import { logicalId, referenced, resolved, siblings } from "./same-stack.ts";

interface InlinePolicy {
  readonly policyDocument: { readonly Statement: readonly { readonly Sid?: string }[] };
}

/** Every statement of every role says what it is for, nothing is granted beside, and no two functions share a role. */
export const explainedStatements: Rule = {
  name: "ExplainedStatements",
  info: "The role has a statement that says nowhere what it is for, or is shared, or something grants beside the roles.",
  explanation:
    "Who audits the stack reads on the page of permissions what each statement is for; it is made from these.",
  check(resource) {
    if (resource instanceof CfnPolicy || resource instanceof CfnManagedPolicy) return compliantIf(false);
    if (!(resource instanceof CfnRole)) return NOT_APPLICABLE;
    const managed = (resolved(resource, resource.managedPolicyArns) ?? []) as unknown[];
    const policies = (resolved(resource, resource.policies) ?? []) as InlinePolicy[];
    const why: Record<string, unknown> = resource.getMetadata(WHY) ?? {};
    const statements = policies.flatMap(({ policyDocument }) => policyDocument.Statement);
    const users = siblings(resource, isFunction).filter(
      ({ role }) => referenced(resource, role) === logicalId(resource),
    );
    return compliantIf(
      managed.length === 0 &&
        users.length <= 1 &&
        statements.every(({ Sid }) => Sid !== undefined && typeof why[Sid] === "string"),
    );
  },
};

function isFunction(resource: CfnResource): resource is CfnFunction {
  return resource instanceof CfnFunction;
}
