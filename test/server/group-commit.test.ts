import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, type TestContext, test } from "vitest";
import { committingInGroups, groupsOf } from "../../server/local/group-commit.ts";
import { startLocalEngines } from "../../server/local/local-engines.ts";
import { loadConfig } from "../../shared/config.ts";
import { openSqsQueue } from "../support/sqs-queue.ts";
import { FREE_PORTS, temporaryFolder } from "../support/world.ts";

/** A database that commits in groups, and what another connection sees of it: that is what has been committed. */
async function grouped({ onTestFinished }: TestContext) {
  const folder = await temporaryFolder();
  const path = join(folder.path, "test.db");
  const database = new DatabaseSync(path);
  database.exec("PRAGMA journal_mode = WAL");
  database.exec(`
    CREATE TABLE notes (text TEXT);
    CREATE TABLE parents (id TEXT PRIMARY KEY);
    CREATE TABLE children (parent TEXT REFERENCES parents DEFERRABLE INITIALLY DEFERRED);
  `);
  const group = groupsOf(database);
  const other = new DatabaseSync(path);
  onTestFinished(async () => {
    other.close();
    if (database.isOpen) database.close();
    await folder.remove();
  });
  const insert = database.prepare("INSERT INTO notes VALUES (?)");
  return {
    database,
    group,
    note: (text: string) => void insert.run(text),
    seen: () =>
      other
        .prepare("SELECT text FROM notes ORDER BY text")
        .all()
        .map(({ text }) => text),
    commits: () => commitsIn(`${path}-wal`),
  };
}

/** How often was committed: frames with a size of the database (SQLite's "WAL-mode File Format", 4.1 and 4.2). */
function commitsIn(walPath: string): number {
  const wal = readFileSync(walPath);
  const pageBytes = wal.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at + 24 <= wal.length; at += 24 + pageBytes) {
    if (wal.readUInt32BE(at + 4) > 0) commits++;
  }
  return commits;
}

test("what is written in one turn is kept together, and only then said to be", async (context) => {
  const { group, note, seen, commits } = await grouped(context);
  const before = commits();
  note("a");
  const first = group.committed();
  note("b");
  const second = group.committed();
  expect(seen()).toEqual([]);
  await first;
  expect(seen()).toEqual(["a", "b"]);
  await second;
  expect(commits() - before).toBe(1);
  note("c");
  expect(seen()).toEqual(["a", "b"]);
  await group.committed();
  expect(seen()).toEqual(["a", "b", "c"]);
});

test("where nothing was written, nothing is", async (context) => {
  const { group, commits } = await grouped(context);
  const before = commits();
  await group.committed();
  expect(commits()).toBe(before);
});

test("it closes with all kept", async (context) => {
  const { database, note, seen, group } = await grouped(context);
  note("a");
  const waiting = group.committed();
  database.close();
  expect(seen()).toEqual(["a"]);
  await waiting;
});

test("a transaction of the database's own is its own: what it takes back takes nothing else with it", async (context) => {
  const { database, note, seen, group } = await grouped(context);
  note("before");
  database.exec("BEGIN");
  note("taken back");
  database.exec("ROLLBACK");
  database.exec("BEGIN");
  note("kept");
  database.exec("COMMIT");
  expect(seen()).toEqual(["before", "kept"]);
  note("after");
  await group.committed();
  expect(seen()).toEqual(["after", "before", "kept"]);
});

test("what cannot be kept is not said to be, and the next is", async (context) => {
  const { database, note, seen, group } = await grouped(context);
  database.exec("INSERT INTO children VALUES ('nobody')"); // SQLite looks for the parent when it commits
  await expect(group.committed()).rejects.toThrow("FOREIGN KEY");
  note("next");
  await group.committed();
  expect(seen()).toEqual(["next"]);
});

test("where nothing opens a database there is an error: its own, if it has one", async () => {
  await expect(committingInGroups(async () => {}).opened).rejects.toThrow("no database was opened");
  const failed = committingInGroups(() => Promise.reject(new Error("file is not a database")));
  await expect(failed.opened).rejects.toThrow("file is not a database");
});

test("the embedded queues write to the disk once for ten messages that are received, and before they answer", async ({
  onTestFinished,
}) => {
  const folder = await temporaryFolder();
  const engines = await startLocalEngines(loadConfig(FREE_PORTS, { FLASHPOINT_DATA_DIR: folder.path }));
  const queue = await openSqsQueue(engines.aws, "ten");
  const disk = new DatabaseSync(join(folder.path, "fauxqs.db"), { readOnly: true });
  onTestFinished(async () => {
    disk.close();
    queue.close();
    await engines.close();
    await folder.remove();
  });
  const hidden = disk.prepare("SELECT count(*) AS count FROM sqs_messages WHERE receipt_handle IS NOT NULL");
  const kept = disk.prepare("SELECT count(*) AS count FROM sqs_messages");
  for (let sent = 1; sent <= 10; sent++) {
    await queue.send(`message ${sent}`);
    expect(kept.get()).toEqual({ count: sent });
  }
  const before = commitsIn(join(folder.path, "fauxqs.db-wal"));
  expect(await queue.look()).toHaveLength(10);
  expect(hidden.get()).toEqual({ count: 10 });
  expect(commitsIn(join(folder.path, "fauxqs.db-wal")) - before).toBe(1);
});
