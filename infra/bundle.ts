import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "..");
const RUN_ESBUILD = join(import.meta.dirname, "run-esbuild.ts");
const BUNDLING_MS = 60_000;
/** Most of what a bundle consists of are its source maps. */
const MAX_OUTPUT_BYTES = 64 * 1_024 * 1_024;

/**
 * How many bytes a function's package may have. The larger it is, the longer an agent waits for an instance to start.
 * Each stands a little above what the package has.
 */
export const MAX_BYTES = {
  "agent-api": 540_000,
  "task-dispatcher": 510_000,
  "task-forwarder": 570_000,
} as const;

/** A folder under functions/. */
export type FunctionName = keyof typeof MAX_BYTES;

export interface Bundle {
  readonly bytes: number;
  /** Files that went into it, relative to the project, with the bytes that they have in it. */
  readonly inputs: ReadonlyMap<string, number>;
}

/** What comes of bundling; texts by the names of the files, index.mjs the first. */
export interface BundledFiles {
  readonly code: readonly (readonly [name: string, text: string])[];
  readonly sourceMaps: readonly (readonly [name: string, text: string])[];
  readonly inputs: readonly (readonly [file: string, bytes: number])[];
}

/**
 * Makes a function's package: index.mjs, and the parts of it that are loaded when they are needed; the same bytes
 * wherever the project lies. Its source maps go to source-maps/NAME beside `outputDir`, where decode-stack.ts finds them.
 * @throws if the package has become too large, with what is large in it.
 */
export function bundleFunction(name: FunctionName, outputDir: string, maxBytes: number = MAX_BYTES[name]): Bundle {
  const files = bundle(`functions/${name}/handler.ts`);
  const bytes = files.code.reduce((sum, [, text]) => sum + Buffer.byteLength(text), 0);
  const made: Bundle = { bytes, inputs: new Map(files.inputs) };
  if (bytes > maxBytes) throw new Error(tooLarge(name, made, maxBytes));
  writeAll(outputDir, files.code);
  writeAll(join(dirname(resolve(outputDir)), "source-maps", name), files.sourceMaps);
  return made;
}

function writeAll(folder: string, files: BundledFiles["code"]): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(folder, name), text);
}

/**
 * Bundles one entry file as all functions are.
 * @param entry relative to `root`.
 * @param how without `replacing`, every package is bundled as it is; `plugin` is a file, relative to `root`, that exports
 * one of esbuild's.
 */
export function bundle(entry: string, how: { root?: string; replacing?: boolean; plugin?: string } = {}): BundledFiles {
  const { root = ROOT, replacing = true, plugin } = how;
  const options = { encoding: "utf8", maxBuffer: MAX_OUTPUT_BYTES, timeout: BUNDLING_MS } as const;
  const args = [RUN_ESBUILD, entry, root, String(replacing), ...(plugin === undefined ? [] : [plugin])];
  return JSON.parse(execFileSync(process.execPath, args, options));
}

const SHOWN = 8;

function tooLarge(name: FunctionName, { bytes, inputs }: Bundle, maxBytes: number): string {
  const sizes = new Map<string, number>();
  for (const [file, size] of inputs) sizes.set(origin(file), (sizes.get(origin(file)) ?? 0) + size);
  const largest = [...sizes].toSorted(([, a], [, b]) => b - a).slice(0, SHOWN);
  return [
    `the package of ${name} has ${bytes} bytes, ${bytes - maxBytes} more than it may. Largest in it:`,
    ...largest.map(([from, size]) => `  ${String(size).padStart(7)}  ${from}`),
    "Leave out what the function does not need, or load it from a smaller module; what it does need, raise MAX_BYTES for",
    "in infra/bundle.ts, once `npm run bench -- lambda-start` says what it costs.",
  ].join("\n");
}

/** The package that a file belongs to, or its folder in the project. */
function origin(file: string): string {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? file.split("/").slice(0, 2).join("/");
}
