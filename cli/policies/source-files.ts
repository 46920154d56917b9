import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { errorText } from "../../shared/errors.ts";
import type { SourceFile } from "../../shared/policies/set/findings.ts";

/** Most files of a set. */
export const MAX_FILES = 10_000;
/** Most bytes of all files of a set. */
export const MAX_SET_BYTES = 32 * 1_024 * 1_024;
/** Deepest folder below one that was named. */
export const MAX_FOLDERS_DEEP = 32;

const ENDINGS = [".yaml", ".yml", ".json"];
/** The schema lies beside the files that it is for, and holds no policy. */
const SCHEMA_ENDING = ".schema.json";
const NEW_LINE = 0x0a;
export const STANDARD_INPUT = "standard input";

/** What could be read of the files that somebody named, and what could not. */
export interface SourceFiles {
  readonly files: readonly SourceFile[];
  readonly faults: readonly UnreadFile[];
}

/** A file or folder that could not be read, and why. */
export interface UnreadFile {
  readonly file: string;
  readonly problem: string;
}

/**
 * Reads files, which are UTF-8; `-` is standard input. Of a folder it takes what ends in .yaml, .yml or .json, in capitals too, in it
 * and in the folders below, by the order of names; schemas and what is hidden are passed over, links are followed, and no folder is
 * read twice. A pipe or device is read where it is named itself, and is a fault in a folder, where reading it may never end.
 */
export async function readSourceFiles(paths: readonly string[]): Promise<SourceFiles> {
  const faults: UnreadFile[] = [];
  const names = await namesOf(paths, faults);
  const files: SourceFile[] = [];
  let left = MAX_SET_BYTES;
  for (const path of names) {
    const name = path === "-" ? STANDARD_INPUT : path;
    const read = await readText(path, left);
    if (typeof read !== "string") {
      faults.push({ file: name, problem: read.problem });
      continue;
    }
    left -= Buffer.byteLength(read);
    files.push(path === "-" ? { name, text: read, service: null } : { name, text: read });
  }
  return { files, faults };
}

async function namesOf(paths: readonly string[], faults: UnreadFile[]): Promise<string[]> {
  const names = new Map<string, string>(); // by the full path: a file that is named twice is read once
  const folders = new Set<string>();

  function add(name: string): void {
    names.set(name === "-" ? name : resolve(name), name);
  }

  /** @returns whether there is any file to read in it. */
  async function addFolder(folder: string, depth: number): Promise<boolean> {
    const real = await realpath(folder);
    if (folders.has(real)) return true;
    folders.add(real);
    if (depth > MAX_FOLDERS_DEEP) {
      faults.push({ file: folder, problem: `is over ${MAX_FOLDERS_DEEP} folders deep` });
      return true;
    }
    let found = false;
    for (const entry of (await readdir(folder)).sort()) {
      if (entry.startsWith(".")) continue;
      const name = join(folder, entry);
      const isNamed = isPolicyFile(entry);
      const kind = await kindOf(name, faults, { isWanted: isNamed });
      if (kind === "folder") found = (await addFolder(name, depth + 1)) || found;
      if (kind === undefined || kind === "folder" || !isNamed) continue;
      found = true;
      if (kind === "file") add(name);
      else faults.push({ file: name, problem: "is no regular file; take it out of the folder, or name it itself" });
      if (names.size > MAX_FILES) return true;
    }
    return found;
  }

  for (const path of paths) {
    if (path === "-") add(path);
    else if ((await kindOf(path, faults)) === "folder") {
      try {
        if (await addFolder(path, 0)) continue;
        faults.push({ file: path, problem: `holds no file that ends in ${ENDINGS.join(", ")}` });
      } catch (error) {
        faults.push({ file: path, problem: `cannot be read: ${errorText(error)}` });
      }
    } else if (!faults.some(({ file }) => file === path)) add(path);
  }
  if (names.size <= MAX_FILES) return [...names.values()];
  faults.push({ file: paths.join(" "), problem: `there are over ${MAX_FILES} files` });
  return [];
}

function isPolicyFile(entry: string): boolean {
  const name = entry.toLowerCase();
  return ENDINGS.some((ending) => name.endsWith(ending)) && !name.endsWith(SCHEMA_ENDING);
}

/**
 * A link is what it leads to.
 * @param options.isWanted whether one that leads nowhere is a fault; another one that cannot be looked at always is.
 */
async function kindOf(
  path: string,
  faults: UnreadFile[],
  { isWanted = true } = {},
): Promise<"file" | "folder" | "special" | undefined> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) return "folder";
    return found.isFile() ? "file" : "special";
  } catch (error) {
    const leadsNowhere = ["ENOENT", "ELOOP"].includes((error as NodeJS.ErrnoException).code ?? "");
    if (isWanted || !leadsNowhere) faults.push({ file: path, problem: `cannot be read: ${errorText(error)}` });
    return undefined;
  }
}

async function readText(path: string, left: number): Promise<string | { problem: string }> {
  const { MAX_POLICY_FILE_BYTES } = await import("../../shared/policies/policy-file.ts");
  const most = Math.min(MAX_POLICY_FILE_BYTES, left);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of path === "-" ? process.stdin : createReadStream(path)) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > most) break;
    }
  } catch (error) {
    return { problem: `cannot be read: ${errorText(error)}` };
  }
  if (bytes > MAX_POLICY_FILE_BYTES) return { problem: `is too large: over ${MAX_POLICY_FILE_BYTES} bytes` };
  if (bytes > left) return { problem: `is too much: all files together are over ${MAX_SET_BYTES} bytes` };
  return textOf(Buffer.concat(chunks));
}

/** Bytes as text. What is no UTF-8 would be altered on the way, and be stored so; no text has a zero byte, but all UTF-16 has. */
function textOf(bytes: Buffer): string | { problem: string } {
  if (isUtf8(bytes) && !bytes.includes(0)) return new TextDecoder().decode(bytes);
  const decoded = Buffer.from(bytes.toString("utf8"));
  const odd = bytes.findIndex((byte, index) => byte === 0 || byte !== decoded[index]);
  const line = bytes.subarray(0, odd).filter((byte) => byte === NEW_LINE).length + 1;
  return { problem: `is no UTF-8 from line ${line} on; save it as UTF-8` };
}
