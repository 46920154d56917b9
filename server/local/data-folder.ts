import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { StartError } from "../listening.ts";

/**
 * Makes the folder and holds it for this process alone: two servers writing the same queues would lose messages. The
 * operating system lets go of the lock however the process ends.
 * @throws StartError if the folder cannot be written or is held by another process.
 */
export function holdDataFolder(dataDir: string): { release(): void } {
  let lock: DatabaseSync;
  try {
    mkdirSync(dataDir, { recursive: true });
    lock = new DatabaseSync(join(dataDir, "lock.db"));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(`data folder ${dataDir} cannot be written (${reason}); choose another with --data-dir`);
  }
  try {
    lock.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    lock.close();
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(
      reason.includes("locked")
        ? `data folder ${dataDir} is in use by another Flashpoint; stop it or choose another with --data-dir`
        : `data folder ${dataDir} cannot be written (${reason}); choose another with --data-dir`,
    );
  }
  return { release: () => lock.close() };
}
