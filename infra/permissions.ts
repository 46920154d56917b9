import { Stack } from "aws-cdk-lib";
import { type CfnRole, Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { acknowledge } from "./checks/acknowledge.ts";

/** One statement of what a role may do. */
export interface Permission {
  /** Letters and digits. */
  readonly sid: string;
  /** What it is needed for, in a sentence for whoever audits the role. */
  readonly why: string;
  readonly actions: readonly [string, ...string[]];
  /** ARNs. */
  readonly resources: readonly [string, ...string[]];
  /** Why an ARN ends in a star, where AWS knows no narrower one. */
  readonly wildcard?: string;
}

/** Under which key of a role's template metadata stands why it may what it may, by statement. */
export const WHY = "flashpoint:why";

/**
 * A role that may do just this. What each statement is for goes into the template with it, since the page of permissions
 * is made from there.
 */
export function createRole(scope: Construct, id: string, service: string, permissions: readonly Permission[]): Role {
  const statements = permissions.map(
    ({ sid, actions, resources }) =>
      new PolicyStatement({ sid, effect: Effect.ALLOW, actions: [...actions], resources: [...resources] }),
  );
  const role = new Role(scope, id, {
    assumedBy: new ServicePrincipal(service),
    inlinePolicies: { Work: new PolicyDocument({ statements }) },
  });
  const why = Object.fromEntries(permissions.map(({ sid, why }) => [sid, why]));
  (role.node.defaultChild as CfnRole).addMetadata(WHY, why);
  for (const { resources, wildcard } of permissions) {
    if (wildcard === undefined) continue;
    for (const arn of resources.filter((arn) => arn.endsWith("*"))) {
      acknowledge(role, `AwsSolutions-IAM5[Resource::${flat(Stack.of(scope).resolve(arn))}]`, wildcard);
    }
  }
  return role;
}

type Reference = string | { "Fn::Join": [string, Reference[]] } | { "Fn::GetAtt": [string, string] } | { Ref: string };

/** As cdk-nag writes a reference in the id of a finding. */
function flat(reference: Reference): string {
  if (typeof reference === "string") return reference;
  if ("Fn::Join" in reference) return reference["Fn::Join"][1].map(flat).join(reference["Fn::Join"][0]);
  if ("Fn::GetAtt" in reference) return `<${reference["Fn::GetAtt"].join(".")}>`;
  return `<${reference.Ref}>`;
}
