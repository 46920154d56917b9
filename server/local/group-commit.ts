import { DatabaseSync } from "node:sqlite";

export interface GroupCommit {
  /** Resolves once all that was written until now is on the disk. Rejects if it could not be put there. */
  committed(): Promise<void>;
}

/**
 * Has the database that `open` opens put on the disk together what is written within one turn of the event loop. SQLite
 * waits for the disk after every statement otherwise (its documentation, PRAGMA synchronous), ten times for ten messages
 * that one request takes. For whoever answers callers only after `committed`: then nothing is promised before it is kept.
 */
export function committingInGroups<T>(open: () => Promise<T>): { opened: Promise<T>; group: GroupCommit | undefined } {
  const { prototype } = DatabaseSync;
  const { exec } = prototype;
  let group: GroupCommit | undefined;
  prototype.exec = function execNoted(sql) {
    exec.call(this, sql);
    if (!sql.startsWith("PRAGMA journal_mode")) return; // the last thing that takes no transaction
    prototype.exec = exec;
    group = groupsOf(this);
  };
  try {
    const opened = open();
    if (group !== undefined) return { opened, group };
    return { opened: opened.then(() => Promise.reject(new Error("no database was opened"))), group };
  } finally {
    prototype.exec = exec;
  }
}

/** Keeps a transaction open at all times. Those that the database's user begins stay its own, and it closes with all kept. */
export function groupsOf(database: DatabaseSync): GroupCommit {
  const exec = DatabaseSync.prototype.exec.bind(database);
  const close = database.close.bind(database);
  let next: Promise<void> | undefined;

  function commit(): void {
    // Where the disk is full, SQLite takes back all that was written since BEGIN (its documentation, "Response To Errors
    // Within A Transaction").
    const isTakenBack = !database.isTransaction;
    try {
      if (isTakenBack) throw new Error("SQLite took back what was written; the disk may be full");
      exec("COMMIT"); // of nothing it does nothing
    } catch (error) {
      if (database.isTransaction) exec("ROLLBACK");
      throw error;
    } finally {
      exec("BEGIN"); // takes no lock before something is written
    }
  }

  database.exec = (sql) => {
    if (sql === "BEGIN") exec("COMMIT");
    exec(sql);
    if (!database.isTransaction) exec("BEGIN");
  };
  database.close = () => {
    try {
      if (database.isTransaction) exec("COMMIT");
    } finally {
      close();
    }
  };
  exec("BEGIN");
  return {
    committed() {
      next ??= new Promise((resolve, reject) => {
        setImmediate(() => {
          next = undefined;
          try {
            if (database.isOpen) commit();
            resolve();
          } catch (error) {
            reject(error);
          }
        });
      });
      return next;
    },
  };
}
