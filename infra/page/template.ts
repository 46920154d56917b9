/** A synthesised template, as far as pages read it. */
export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly Metadata?: Readonly<Record<string, unknown>>;
}

type Reference =
  | string
  | { "Fn::Join": [string, Reference[]] }
  | { "Fn::Sub": string }
  | { "Fn::GetAtt": [string, string] }
  | { Ref: string };

/** Which property has the name of what an ARN or a reference means, and what a reader calls it. */
const KINDS: Readonly<Record<string, { readonly kind: string; readonly name: string }>> = {
  "AWS::DynamoDB::Table": { kind: "table", name: "TableName" },
  "AWS::SQS::Queue": { kind: "queue", name: "QueueName" },
  "AWS::S3::Bucket": { kind: "bucket", name: "BucketName" },
  "AWS::Logs::LogGroup": { kind: "log group", name: "LogGroupName" },
};

/** A reference in a template as a reader understands it: the kind and name of a resource, else an ARN with `<Region>`s. */
export function readable(template: Template, value: unknown): string {
  const reference = value as Reference;
  if (typeof reference === "string") return reference;
  if ("Fn::Join" in reference) {
    const [separator, parts] = reference["Fn::Join"];
    return parts.map((part) => readable(template, part)).join(separator);
  }
  if ("Fn::Sub" in reference) return reference["Fn::Sub"].replaceAll(/\$\{AWS::(\w+)\}/g, "<$1>");
  const logicalId = "Ref" in reference ? reference.Ref : reference["Fn::GetAtt"][0];
  if (logicalId.startsWith("AWS::")) return `<${logicalId.slice("AWS::".length)}>`;
  const resource = template.Resources[logicalId];
  const kind = resource && KINDS[resource.Type];
  const name = kind && resource.Properties?.[kind.name];
  return name === undefined ? logicalId : `${kind?.kind} ${readable(template, name)}`;
}
