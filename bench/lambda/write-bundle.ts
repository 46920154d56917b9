import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundle } from "../../infra/bundle.ts";

/** Bundles an entry file into a folder of its own. @returns the file to load, and how many bytes all of them have. */
export async function writeBundle(
  entry: string,
  folder: string,
  how: Parameters<typeof bundle>[1] = {},
): Promise<{ file: string; bytes: number }> {
  await mkdir(folder, { recursive: true });
  const { code } = bundle(entry, how);
  for (const [name, content] of code) await writeFile(join(folder, name), content);
  const bytes = code.reduce((sum, [, content]) => sum + Buffer.byteLength(content), 0);
  return { file: join(folder, "index.mjs"), bytes };
}
