import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { text } from "node:stream/consumers";
import { expect, type TestContext, test } from "vitest";
import { startEmbeddedSqs } from "../../server/local/embedded-sqs.ts";
import { temporaryFolder } from "../support/world.ts";

const HOST = "127.0.0.1";

/** The embedded SQS with one queue, the database that it writes to, and what has come to the disk of it. */
async function started({ onTestFinished }: TestContext) {
  const folder = await temporaryFolder();
  const { engine, database } = await withItsDatabase(() =>
    startEmbeddedSqs({ host: HOST, port: 0, dataDir: folder.path }),
  );
  const disk = new DatabaseSync(join(folder.path, "fauxqs.db"), { readOnly: true });
  onTestFinished(async () => {
    disk.close();
    await engine.close();
    await folder.remove();
  });

  /** One request as any client makes it, without the AWS SDK's second try. */
  async function call(action: string, input: object): Promise<{ status: number; answer: Record<string, string> }> {
    const response = await fetch(`http://${HOST}:${engine.listening.port}/`, {
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${action}` },
      body: JSON.stringify(input),
    });
    return { status: response.status, answer: JSON.parse(await response.text()) };
  }

  const { QueueUrl } = (await call("CreateQueue", { QueueName: "filled" })).answer;
  return {
    database,
    send: async (MessageBody: string) => (await call("SendMessage", { QueueUrl, MessageBody })).status,
    sendBatch: async (bodies: readonly string[]) => {
      const Entries = bodies.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
      return (await call("SendMessageBatch", { QueueUrl, Entries })).status;
    },
    /** Both in one piece of one connection, so that the engine works them off in the same turn. */
    sendTogether: async (bodies: readonly [string, string]) => {
      const socket = connect(engine.listening.port, HOST);
      await once(socket, "connect");
      const requests = bodies.map((MessageBody, index) => {
        const body = JSON.stringify({ QueueUrl, MessageBody });
        const headers = [
          "POST / HTTP/1.1",
          `host: ${HOST}`,
          "content-type: application/x-amz-json-1.0",
          "x-amz-target: AmazonSQS.SendMessage",
          `content-length: ${body.length}`,
          `connection: ${index === 0 ? "keep-alive" : "close"}`,
        ];
        return `${headers.join("\r\n")}\r\n\r\n${body}`;
      });
      socket.write(requests.join(""));
      return [...(await text(socket)).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
    },
    kept: () =>
      disk
        .prepare("SELECT body FROM sqs_messages")
        .all()
        .map(({ body }) => String(body).split(" ")[0]),
  };
}

/** Hands out the connection that the engine opens: limits of SQLite are each connection's own. */
async function withItsDatabase<T>(start: () => Promise<T>): Promise<{ engine: T; database: DatabaseSync }> {
  const { prototype } = DatabaseSync;
  const { exec } = prototype;
  let database: DatabaseSync | undefined;
  prototype.exec = function execSeen(sql) {
    database ??= this;
    exec.call(this, sql);
  };
  try {
    const engine = await start();
    if (database === undefined) throw new Error("no database was opened");
    return { engine, database };
  } finally {
    prototype.exec = exec;
  }
}

/** From now on the database has room for so many pages more, of 4 KiB each. */
function leaveRoom(database: DatabaseSync, pages: number): void {
  const [count] = database.prepare("PRAGMA page_count").all();
  database.exec(`PRAGMA max_page_count = ${Number(count?.page_count) + pages}`);
}

const named = (name: string, bytes: number): string => `${name} `.padEnd(bytes, "x");

test("where the disk is full just those sends are answered as taken that are on it", async (context) => {
  const { database, send, sendTogether, kept } = await started(context);
  const [small, large] = [named("small", 100), named("large", 30_000)]; // eight pages
  expect(await send(named("before", 100))).toBe(200);
  leaveRoom(database, 1);
  expect(await send(large)).toBe(500);
  expect(kept()).toEqual(["before"]);
  const [ofSmall, ofLarge] = await sendTogether([small, large]);
  expect(ofLarge).toBe(500);
  expect(kept()).toEqual(ofSmall === 200 ? ["before", "small"] : ["before"]); // SQLite may take back both
  leaveRoom(database, 100);
  const before = kept();
  expect(await sendTogether([small, large])).toEqual([200, 200]);
  expect(kept()).toEqual([...before, "small", "large"]);
});

test("a send whose commit fails is not answered as taken, alone or as a batch, and the next one is", async (context) => {
  const { database, send, sendBatch, kept } = await started(context);
  database.exec("CREATE TABLE parents (id TEXT PRIMARY KEY)");
  database.exec("CREATE TABLE children (parent TEXT REFERENCES parents DEFERRABLE INITIALLY DEFERRED)");
  expect(await send("before")).toBe(200);
  const breakNextCommit = () => database.exec("INSERT INTO children VALUES ('nobody')"); // looked for by COMMIT alone
  breakNextCommit();
  expect(await send("alone")).toBe(500);
  breakNextCommit();
  expect(await sendBatch(["one", "two"])).toBe(500);
  expect(kept()).toEqual(["before"]);
  expect(await send("after")).toBe(200);
  expect(kept()).toEqual(["before", "after"]);
});
