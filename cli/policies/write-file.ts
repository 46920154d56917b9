import { randomBytes } from "node:crypto";
import { lstat, open, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { errorText } from "../../shared/errors.ts";

/**
 * Writes a file as a whole or not at all: readers never see half of one. A link stays, and what it leads to is written. What
 * is no file that one could replace, like /dev/null or a pipe, is written to as it is.
 * @throws an Error that names the file.
 */
export async function writeWhole(path: string, text: string, { mode = 0o666 }: { mode?: number } = {}): Promise<void> {
  try {
    const target = await replaceable(path);
    await (target === undefined ? writeFile(path, text, { mode }) : replace(target, text, mode));
  } catch (error) {
    throw new Error(`${path} cannot be written: ${errorText(error)}`, { cause: error });
  }
}

/** The file itself, past all links; undefined for what is no file, and for a link to none. */
async function replaceable(path: string): Promise<string | undefined> {
  try {
    return (await stat(path)).isFile() ? await realpath(path) : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return (await isThere(path)) ? undefined : path;
  }
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

async function replace(path: string, text: string, mode: number): Promise<void> {
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
    throw error;
  }
}
