/** What IAM decides on; in a statement, both may hold `*` and `?`. */
export interface ActionOn {
  /** For instance `dynamodb:GetItem`. */
  readonly action: string;
  /** An ARN. */
  readonly resource: string;
}

/** Where the stack is taken to stand. */
export const PLACE = { partition: "aws", region: "us-east-1", account: "123456789012" };

export interface AwsRequest {
  /** As signatures name it: `dynamodb`, `sqs`, `s3`, `secretsmanager`. */
  readonly service: string;
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** The header x-amz-target. */
  readonly target: string;
  readonly body: string;
  /** Of the answer. */
  readonly status: number;
}

/**
 * What a request takes of whoever makes it, by AWS's Service Authorization Reference. A request of a kind that is not
 * known here takes an action that no role has, so that somebody looks it up.
 */
export function takenPermissions(request: AwsRequest): ActionOn[] {
  const operation = request.target.split(".").at(-1) ?? "";
  switch (request.service) {
    case "dynamodb":
      return tablesOf(JSON.parse(request.body)).map((resource) => ({ action: `dynamodb:${operation}`, resource }));
    case "sqs":
      return [{ action: `sqs:${operation.replace(/Batch$/, "")}`, resource: queueOf(JSON.parse(request.body)) }];
    case "s3":
      return ofObject(request);
    case "secretsmanager":
      return [{ action: `secretsmanager:${operation}`, resource: JSON.parse(request.body).SecretId }];
    default:
      return [{ action: `${request.service}:${operation}`, resource: request.url }];
  }
}

interface TableInput {
  readonly TableName?: string;
  readonly IndexName?: string;
  readonly RequestItems?: Readonly<Record<string, unknown>>;
}

/** Conditions, consistent reads and projections take nothing more; a query of an index is on the index alone. */
function tablesOf({ TableName = "", IndexName, RequestItems }: TableInput): string[] {
  const index = IndexName === undefined ? "" : `/index/${IndexName}`;
  const names = RequestItems === undefined ? [TableName] : Object.keys(RequestItems);
  return names.map((name) => arnOf("dynamodb", `table/${name}${index}`));
}

/**
 * Batches take the permission of the single action (SQS Developer Guide, "Amazon SQS batch actions"), and a message's
 * group takes none.
 */
function queueOf({ QueueName, QueueUrl = "" }: { readonly QueueName?: string; readonly QueueUrl?: string }): string {
  return arnOf("sqs", QueueName ?? QueueUrl.split("/").at(-1) ?? "");
}

const OBJECT_ACTIONS: Readonly<Record<string, string>> = {
  GET: "s3:GetObject",
  HEAD: "s3:GetObject",
  PUT: "s3:PutObject",
  DELETE: "s3:DeleteObject",
};

/** With the bucket in the path, as our requests have it. */
function ofObject({ method, url, status }: AwsRequest): ActionOn[] {
  const { pathname, searchParams } = new URL(url, "http://s3");
  const [, bucket = "", ...key] = decodeURIComponent(pathname).split("/");
  const subresources = [...searchParams.keys()].filter((name) => !/^x-(id|amz-.*)$/i.test(name));
  const action = key.length > 0 && subresources.length === 0 ? OBJECT_ACTIONS[method] : undefined;
  const object = {
    action: action ?? `s3:${method} ${url}`,
    resource: `arn:${PLACE.partition}:s3:::${bucket}/${key.join("/")}`,
  };
  // Without the other one S3 answers 403 where there is no such object (S3 API, GetObject, "Permissions").
  const isMissing = action === "s3:GetObject" && status === 404;
  return isMissing
    ? [object, { action: "s3:ListBucket", resource: `arn:${PLACE.partition}:s3:::${bucket}` }]
    : [object];
}

/** The ARN of something in the place. */
export function arnOf(service: string, resource: string): string {
  return `arn:${PLACE.partition}:${service}:${PLACE.region}:${PLACE.account}:${resource}`;
}
