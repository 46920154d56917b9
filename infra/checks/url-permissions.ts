import type { CfnResource } from "aws-cdk-lib";
import { CfnPermission, CfnUrl } from "aws-cdk-lib/aws-lambda";
import { compliantIf, NOT_APPLICABLE, type Rule } from "./rule.ts";
import { referenced, siblings } from "./same-stack.ts";

/** A public address works with both permissions only, and neither may open more than the address. */
export const urlPermissions: Rule = {
  name: "UrlPermissions",
  info: "The function has a public address without exactly the two permissions that it takes.",
  explanation:
    "Since October 2025 a function URL with auth type NONE takes lambda:InvokeFunctionUrl, bound to that auth type, and lambda:InvokeFunction, bound to calls through the URL: AWS Lambda Developer Guide, Control access to Lambda function URLs.",
  check(resource) {
    if (!(resource instanceof CfnUrl) || resource.authType !== "NONE") return NOT_APPLICABLE;
    const target = referenced(resource, resource.targetFunctionArn);
    const open = siblings(resource, isPermission).filter(
      (permission) => permission.principal === "*" && referenced(permission, permission.functionName) === target,
    );
    const toUrl = open.filter(
      ({ action, functionUrlAuthType }) => action === "lambda:InvokeFunctionUrl" && functionUrlAuthType === "NONE",
    );
    const throughUrl = open.filter(
      ({ action, invokedViaFunctionUrl }) => action === "lambda:InvokeFunction" && invokedViaFunctionUrl === true,
    );
    return compliantIf(toUrl.length === 1 && throughUrl.length === 1 && open.length === 2);
  },
};

function isPermission(resource: CfnResource): resource is CfnPermission {
  return resource instanceof CfnPermission;
}
