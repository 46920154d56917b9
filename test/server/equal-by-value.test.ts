import {
  type AttributeValue,
  DynamoDBClient,
  PutItemCommand,
  type PutItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { isConditionFailure } from "../../shared/aws/refusals.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";

let world: StillWorld;
let dynamodb: DynamoDBClient;

beforeAll(async () => {
  world = await startStillWorld();
  const { dynamodbEndpoint: endpoint, region, credentials } = world.engines.aws;
  dynamodb = new DynamoDBClient({ endpoint, region, credentials });
});
afterAll(async () => {
  dynamodb.destroy();
  await world.stop();
});

/** Whether the embedded DynamoDB takes a write over an item with `stored` under a condition on it. */
async function takes(stored: AttributeValue, condition: Partial<PutItemCommandInput>): Promise<boolean> {
  const put = (item: Record<string, AttributeValue>, more: Partial<PutItemCommandInput> = {}) =>
    dynamodb.send(new PutItemCommand({ TableName: "flashpoint-policies", Item: item, ...more }));
  const item = { serviceName: { S: "compared" }, held: stored };
  await put(item);
  try {
    await put(item, condition);
    return true;
  } catch (error) {
    if (isConditionFailure(error)) return false;
    throw error;
  }
}

const equals = (value: AttributeValue) => ({
  ConditionExpression: "held = :v",
  ExpressionAttributeValues: { ":v": value },
});
const CHECK: AttributeValue = { M: { threshold: { S: "80" }, period: { N: "10" }, uriList: { L: [{ S: "/a" }] } } };
const map = (check: AttributeValue): AttributeValue => ({
  M: { ON_CPU: { M: { PROCESS_CPU: check } }, L: { S: "x" } },
});
const withField = (field: string, value: AttributeValue) => map({ M: { ...CHECK.M, [field]: value } });

it.each<[what: string, stored: AttributeValue, asked: AttributeValue, isSame: boolean]>([
  ["a map of maps and lists with itself", map(CHECK), map(CHECK), true],
  [
    "a map with one whose keys stand in another order",
    { M: { a: { S: "1" }, b: { S: "2" } } },
    { M: { b: { S: "2" }, a: { S: "1" } } },
    true,
  ],
  ["a map with one that has another text deep in it", map(CHECK), withField("threshold", { S: "90" }), false],
  ["a map with one that has a number instead of a text", map(CHECK), withField("threshold", { N: "80" }), false],
  ["a map with one that has a key more", map(CHECK), withField("count", { N: "3" }), false],
  ["a map with one that lacks a key", withField("count", { N: "3" }), map(CHECK), false],
  ["a list with itself", { L: [{ S: "a" }, CHECK] }, { L: [{ S: "a" }, CHECK] }, true],
  ["a list with one in another order", { L: [{ S: "a" }, { S: "b" }] }, { L: [{ S: "b" }, { S: "a" }] }, false],
  ["an empty list with an empty map", { L: [] }, { M: {} }, false],
  ["a set with one in another order", { SS: ["a", "b"] }, { SS: ["b", "a"] }, true],
  ["a set with a list of the same", { SS: ["a"] }, { L: [{ S: "a" }] }, false],
  ["a null with itself", { NULL: true }, { NULL: true }, true],
])("the embedded DynamoDB compares by what is in it %s", async (_what, stored, asked, isSame) => {
  expect(await takes(stored, equals(asked))).toBe(isSame);
  const differs = { ...equals(asked), ConditionExpression: "held <> :v" };
  expect(await takes(stored, differs)).toBe(!isSame);
});

it("the embedded DynamoDB still finds paths within maps and lists", async () => {
  const within = (path: string, value: AttributeValue) => ({
    ConditionExpression: `held.ON_CPU.PROCESS_CPU.${path} = :v AND size(held.ON_CPU.PROCESS_CPU.uriList) = :one`,
    ExpressionAttributeValues: { ":v": value, ":one": { N: "1" } },
  });
  expect(await takes(map(CHECK), within("threshold", { S: "80" }))).toBe(true);
  expect(await takes(map(CHECK), within("uriList[0]", { S: "/a" }))).toBe(true);
  expect(await takes(map(CHECK), within("uriList[0]", { S: "/b" }))).toBe(false);
});
