import { accessSync, constants, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { errorText } from "../../shared/errors.ts";
import { StartError } from "../listening.ts";

/** Where the engines keep what they hold, below the data folder. */
export const DYNAMODB_FOLDER = "dynamodb";
export const OBJECTS_FOLDER = "objects";
const SQS_FILE = "fauxqs.db";

/**
 * Makes the folder and holds it for this process alone: two servers writing the same queues would lose messages. The
 * operating system lets go of the lock however the process ends.
 * @throws StartError if the folder cannot be written or is held by another process.
 */
export function holdDataFolder(dataDir: string): { release(): void } {
  let lock: DatabaseSync | undefined;
  try {
    mkdirSync(join(dataDir, DYNAMODB_FOLDER), { recursive: true });
    for (const place of [DYNAMODB_FOLDER, OBJECTS_FOLDER, SQS_FILE].map((name) => join(dataDir, name))) {
      if (existsSync(place)) accessSync(place, constants.W_OK);
    }
    lock = new DatabaseSync(join(dataDir, "lock.db"));
    lock.exec("BEGIN EXCLUSIVE");
    return { release: () => lock?.close() };
  } catch (error) {
    lock?.close();
    const reason = errorText(error);
    throw new StartError(
      reason.includes("locked")
        ? `data folder ${dataDir} is in use by another Flashpoint; stop it or choose another with --data-dir`
        : `data folder ${dataDir} cannot be written (${reason}); choose another with --data-dir`,
    );
  }
}
