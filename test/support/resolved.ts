import type { ReadTemplate } from "./stack.ts";
import { arnOf, PLACE } from "./taken-permissions.ts";

const PSEUDO_PARAMETERS: Readonly<Record<string, string>> = {
  "AWS::Partition": PLACE.partition,
  "AWS::Region": PLACE.region,
  "AWS::AccountId": PLACE.account,
};

/** Which property names a resource, and what its ARN is then. */
const NAMED: Readonly<Record<string, { property: string; isRef: boolean; arn(name: string): string }>> = {
  "AWS::DynamoDB::Table": {
    property: "TableName",
    isRef: true,
    arn: (name) => arnOf("dynamodb", `table/${name}`),
  },
  "AWS::SQS::Queue": {
    property: "QueueName",
    isRef: false, // but its URL
    arn: (name) => arnOf("sqs", name),
  },
  "AWS::S3::Bucket": {
    property: "BucketName",
    isRef: true,
    arn: (name) => `arn:${PLACE.partition}:s3:::${name}`,
  },
};

/** What CloudFormation makes of a text with references, in the place where the stack is taken to stand. */
export function resolved(template: ReadTemplate, value: unknown): string {
  if (typeof value === "string") return value;
  const [[how, of] = []] = Object.entries(value as object);
  if (how === "Fn::Join") return of[1].map((part: unknown) => resolved(template, part)).join(of[0]);
  if (how === "Ref" && of in PSEUDO_PARAMETERS) return PSEUDO_PARAMETERS[of] as string;
  const [logicalId, attribute] = how === "Fn::GetAtt" ? of : [of, "Ref"];
  const resource = template.resources().find((resource) => resource.logicalId === logicalId);
  const named = NAMED[resource?.Type ?? ""];
  const name = named && resolved(template, resource?.Properties[named.property]);
  if (name !== undefined && attribute === "Arn") return named?.arn(name) ?? "";
  if (name !== undefined && attribute === "Ref" && named?.isRef) return name;
  throw new Error(`cannot resolve ${JSON.stringify(value)}`);
}
