import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";

/** One alarm; its name is the heading of its section in RUNBOOK.md. */
export interface AlarmDefinition {
  readonly name: string;
  /** What it means, in one sentence for whoever is woken. */
  readonly meaning: string;
  readonly metric: IMetric;
  readonly threshold: number;
  /** It is raised from the threshold up, or below it. */
  readonly raised: "from" | "below";
  /** How many of how many periods have to be so. */
  readonly periods: readonly [bad: number, of: number];
  /** What a period without a value is. What has not happened has none, so that it is good as a rule. */
  readonly missing?: "good" | "bad";
  /**
   * Whether it is well once the alarm says so. Where what is watched happens at a moment and its harm stays, or nothing is
   * known for hours, an all-clear would be wrong, and none is sent.
   */
  readonly tellsWhenOver: boolean;
}

/** Creates the alarm with its actions. */
export function createAlarm(scope: Construct, prefix: string, definition: AlarmDefinition, topic: ITopic): Alarm {
  const { name, meaning, metric, threshold, raised, periods, missing = "good", tellsWhenOver } = definition;
  const [datapointsToAlarm, evaluationPeriods] = periods;
  const alarm = new Alarm(scope, name, {
    alarmName: `${prefix}-${name}`,
    alarmDescription: `${meaning} What to do: infra/RUNBOOK.md#${name}`,
    metric,
    threshold,
    comparisonOperator:
      raised === "from"
        ? ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
        : ComparisonOperator.LESS_THAN_THRESHOLD,
    datapointsToAlarm,
    evaluationPeriods,
    treatMissingData: missing === "good" ? TreatMissingData.NOT_BREACHING : TreatMissingData.BREACHING,
  });
  const action = new SnsAction(topic);
  alarm.addAlarmAction(action);
  if (tellsWhenOver) alarm.addOkAction(action);
  return alarm;
}
