import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { errorText } from "../../shared/errors.ts";

/**
 * Writes a file as a whole or not at all: readers never see half of one.
 * @throws an Error that names the file.
 */
export async function writeWhole(path: string, text: string, { mode = 0o666 }: { mode?: number } = {}): Promise<void> {
  const beside = `${path}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    const file = await open(beside, "wx", mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true }).catch(() => {});
    throw new Error(`${path} cannot be written: ${errorText(error)}`, { cause: error });
  }
}
