import { Aws, CfnCondition, Fn, Token } from "aws-cdk-lib";
import type { Dashboard } from "aws-cdk-lib/aws-cloudwatch";
import type { Construct } from "constructs";

/** Where the dashboard is to be seen; China and GovCloud have consoles of their own. */
export function dashboardUrl(scope: Construct, { dashboardName }: Dashboard): string {
  const on = (host: string): string =>
    `https://${Aws.REGION}.${host}/cloudwatch/home?region=${Aws.REGION}#dashboards/dashboard/${dashboardName}`;
  const choose = (id: string, partition: string, there: string, elsewhere: string): string => {
    const condition = new CfnCondition(scope, id, { expression: Fn.conditionEquals(Aws.PARTITION, partition) });
    return Token.asString(Fn.conditionIf(condition.logicalId, there, elsewhere));
  };
  const other = choose("InGovCloud", "aws-us-gov", on("console.amazonaws-us-gov.com"), on("console.aws.amazon.com"));
  return choose("InChina", "aws-cn", on("console.amazonaws.cn"), other);
}
