import { type AwsClients, type AwsOptions, createAwsClients } from "../../shared/aws/clients.ts";

/** Clients that count every request to DynamoDB as it goes out on the wire, tries and refusals too. */
export interface CountedAws {
  readonly aws: AwsClients;
  /** Requests so far, by operation, for instance `PutItemCommand`. */
  readonly requests: ReadonlyMap<string, number>;
  /** Requests so far that may change something. */
  writes(): number;
}

const WRITES = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"];

export function countedAws(options: AwsOptions): CountedAws {
  const aws = createAwsClients(options);
  const requests = new Map<string, number>();
  aws.documents.middlewareStack.add(
    (next, { commandName = "" }) =>
      (args) => {
        requests.set(commandName, (requests.get(commandName) ?? 0) + 1);
        return next(args);
      },
    { step: "deserialize", name: "count" }, // within the retries: a try counts
  );
  const writes = (): number => WRITES.reduce((sum, name) => sum + (requests.get(`${name}Command`) ?? 0), 0);
  return { aws, requests, writes };
}
