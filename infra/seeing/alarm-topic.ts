import { ArnFormat, Aws, Stack } from "aws-cdk-lib";
import { PolicyStatement, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import type { Construct } from "constructs";
import type { Seen } from "./seen.ts";

/**
 * The topic that alarms go to, with the address that has them mailed. Not encrypted with AWS's own key, with which alarms
 * could not be published, nor with one that costs: what alarms say is names and numbers.
 */
export function createAlarmTopic(scope: Construct, { prefix, alarmEmail }: Seen["options"]): Topic {
  const topic = new Topic(scope, "AlarmTopic", {
    topicName: `${prefix}-alarms`,
    displayName: `Flashpoint ${prefix}`,
    enforceSSL: true,
  });
  // A topic with a policy of its own has lost the one that lets the account's alarms in.
  topic.addToResourcePolicy(
    new PolicyStatement({
      sid: "PublishAlarms",
      principals: [new ServicePrincipal("cloudwatch.amazonaws.com")],
      actions: ["sns:Publish"],
      resources: [topic.topicArn],
      conditions: {
        StringEquals: { "aws:SourceAccount": Aws.ACCOUNT_ID },
        ArnLike: { "aws:SourceArn": alarmArns(scope, prefix) },
      },
    }),
  );
  if (alarmEmail !== undefined) topic.addSubscription(new EmailSubscription(alarmEmail));
  return topic;
}

/** By their prefix, which the account's alarms of another stack may begin with too. */
function alarmArns(scope: Construct, prefix: string): string {
  return Stack.of(scope).formatArn({
    service: "cloudwatch",
    resource: "alarm",
    resourceName: `${prefix}-*`,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
}
