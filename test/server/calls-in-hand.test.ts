import { once } from "node:events";
import { createServer } from "node:http";
import net from "node:net";
import { afterEach, beforeEach, expect, it } from "vitest";
import { countCalls } from "../../server/local/calls-in-hand.ts";
import { startEmbeddedDynamoDb } from "../../server/local/embedded-dynamodb.ts";
import type { Engine } from "../../server/local/engine.ts";
import { temporaryFolder } from "../support/world.ts";

const TABLE = {
  TableName: "cut-off",
  KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
  AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
  BillingMode: "PAY_PER_REQUEST",
};
/** All write the same item, so that they wait for one another. */
const WRITE = { TableName: TABLE.TableName, Item: { id: { S: "one" } } };

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let engine: Engine;
let uncaught: unknown[];
const keep = (error: unknown): void => {
  uncaught.push(error);
};

beforeEach(async () => {
  uncaught = [];
  process.on("uncaughtException", keep);
  folder = await temporaryFolder();
  await start();
});
afterEach(async () => {
  await engine.close();
  await folder.remove();
  process.off("uncaughtException", keep);
});

async function start(): Promise<void> {
  engine = await startEmbeddedDynamoDb({ host: "127.0.0.1", port: 0, dataDir: folder.path });
}

/** The bytes of a request as AWS's tools send it. */
function request(operation: string, input: object): string {
  const body = JSON.stringify(input);
  return [
    "POST / HTTP/1.1",
    "host: localhost",
    "authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/x/aws4_request, SignedHeaders=host, Signature=b",
    "x-amz-date: x",
    `x-amz-target: DynamoDB_20120810.${operation}`,
    "content-type: application/x-amz-json-1.0",
    `content-length: ${body.length}`,
    "",
    body,
  ].join("\r\n");
}

/** Sends these bytes on a connection of their own. @returns the connection, once it has heard something. */
async function answeredAt(bytes: string): Promise<net.Socket> {
  const socket = net.connect(engine.listening.port, engine.listening.host);
  socket.write(bytes);
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1.1 200 /);
  return socket;
}

it("ends what it is in the middle of before it closes, though nobody waits for the answer any more", async () => {
  (await answeredAt(request("CreateTable", TABLE))).destroy();
  const writing = Array.from({ length: 20 }, () => answeredAt(request("PutItem", WRITE).repeat(20)));
  for (const socket of await Promise.all(writing)) socket.destroy();
  await engine.close();
  await start(); // afterwards: what is thrown late is thrown by then
  (await answeredAt(request("ListTables", {}))).destroy();
  expect(uncaught).toEqual([]);
});

it("does not wait for what was refused at the door", async () => {
  const server = createServer((_request, response) => response.end());
  const calls = countCalls(server);
  server.prependListener("request", (_request, response) => response.writeHead(403).end());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as net.AddressInfo;
  const refused = await fetch(`http://127.0.0.1:${port}`, { method: "POST", body: "{}" });
  expect(refused.status).toBe(403);
  await calls.finish(600_000);
  server.closeAllConnections();
  server.close();
});

it("goes on when a caller breaks off in the middle of a request", async () => {
  const socket = await answeredAt(request("ListTables", {}));
  await new Promise((resolve) => socket.write(request("ListTables", {}).slice(0, -1), resolve));
  socket.destroy();
  for (let call = 0; call < 10; call++) (await answeredAt(request("ListTables", {}))).destroy();
  expect(uncaught).toEqual([]);
});
