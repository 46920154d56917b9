import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type KeySchemaElement,
  type TableDescription,
} from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, GetCommand } from "@aws-sdk/lib-dynamodb";
import type { TableDefinition } from "../../resources.ts";
import { patiently } from "./patiently.ts";
import { type Problem, problemIn } from "./problem.ts";

/**
 * Looks at one table: whether it is there and active, keyed and indexed as it is defined, and can be read.
 * @param options.hasExpiry whether DynamoDB is to delete what has expired; on one machine the server does.
 */
export async function inspectTable(
  documents: DynamoDBDocumentClient,
  of: string,
  definition: TableDefinition,
  { hasExpiry }: { hasExpiry: boolean },
): Promise<Problem[]> {
  const { ttl } = definition;
  const [described, expiry, read] = await Promise.all([
    describe(documents, of, definition),
    ttl === undefined || !hasExpiry ? [] : expiryOf(documents, of, ttl),
    readOne(documents, of, definition),
  ]);
  if (described.some(({ kind }) => kind === "missing")) return described;
  // Whoever cannot read it has said all there is to say.
  return read.some(({ kind }) => kind === "away") ? read : [...described, ...expiry, ...read];
}

type Documents = DynamoDBDocumentClient;

async function describe(documents: Documents, of: string, definition: TableDefinition): Promise<Problem[]> {
  const wrong = (text: string): Problem => ({ of, kind: "wrong", text, isBearable: false });
  try {
    const { Table = {} } = await patiently("DynamoDB", (options) =>
      documents.send(new DescribeTableCommand({ TableName: of }), options),
    );
    const { TableStatus, KeySchema } = Table;
    return [
      ...(TableStatus === "ACTIVE" || TableStatus === "UPDATING" ? [] : [wrong(`is ${TableStatus}, not ACTIVE`)]),
      ...keyProblem("is keyed by", KeySchema, [definition.key, definition.sortKey]).map(wrong),
      ...indexProblems(Table, definition).map(wrong),
    ];
  } catch (error) {
    const permission = "dynamodb:DescribeTable";
    return [problemIn(error, { of, engine: "DynamoDB", permission, isBearable: true })];
  }
}

function indexProblems({ GlobalSecondaryIndexes = [] }: TableDescription, { indexes = {} }: TableDefinition): string[] {
  return Object.entries(indexes).flatMap(([name, { partitionKey, sortKey }]) => {
    const found = GlobalSecondaryIndexes.find(({ IndexName }) => IndexName === name);
    if (found === undefined) return [`has no index ${name}`];
    const isBeingMade = found.IndexStatus !== undefined && !["ACTIVE", "UPDATING"].includes(found.IndexStatus);
    return [
      ...keyProblem(`has an index ${name} keyed by`, found.KeySchema, [partitionKey, sortKey]),
      ...(isBeingMade ? [`has an index ${name} that is ${found.IndexStatus}, not ACTIVE`] : []),
    ];
  });
}

function keyProblem(what: string, found: KeySchemaElement[] = [], wanted: readonly (string | undefined)[]): string[] {
  const ordered = found.toSorted((a, b) => String(a.KeyType).localeCompare(String(b.KeyType))); // HASH, then RANGE
  const is = ordered.map(({ AttributeName }) => AttributeName).join(" and ");
  const should = wanted.filter((name) => name !== undefined).join(" and ");
  return is === should ? [] : [`${what} ${is || "nothing"}, not by ${should}`];
}

async function expiryOf(documents: Documents, of: string, attribute: string): Promise<Problem[]> {
  try {
    const { TimeToLiveDescription: expiry = {} } = await patiently("DynamoDB", (options) =>
      documents.send(new DescribeTimeToLiveCommand({ TableName: of }), options),
    );
    const isOn = expiry.TimeToLiveStatus === "ENABLED" || expiry.TimeToLiveStatus === "ENABLING";
    if (isOn && expiry.AttributeName === attribute) return [];
    const text = `deletes nothing that has expired: its TTL is ${isOn ? `on ${expiry.AttributeName}` : "off"}, not on ${attribute}`;
    return [{ of, kind: "wrong", text, isBearable: true }];
  } catch (error) {
    // Embedded engines know no TTL; there the server deletes what has expired.
    if (((error as Error).cause as Error | undefined)?.name === "UnknownOperationException") return [];
    return [problemIn(error, { of, engine: "DynamoDB", permission: "dynamodb:DescribeTimeToLive", isBearable: true })];
  }
}

async function readOne(documents: Documents, of: string, { key, sortKey }: TableDefinition): Promise<Problem[]> {
  const Key = { [key]: "flashpoint doctor", ...(sortKey !== undefined && { [sortKey]: "flashpoint doctor" }) };
  try {
    await patiently("DynamoDB", (options) =>
      documents.send(
        new GetCommand({ TableName: of, Key, ProjectionExpression: "#key", ExpressionAttributeNames: { "#key": key } }),
        options,
      ),
    );
    return [];
  } catch (error) {
    // A key of another form: what describes the table says so.
    if ((error as Error).name === "ValidationException") return [];
    return [problemIn(error, { of, engine: "DynamoDB", permission: "dynamodb:GetItem" })];
  }
}
