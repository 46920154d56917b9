import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { buildSync, type Metafile } from "esbuild";

const ROOT = resolve(import.meta.dirname, "..");

/**
 * How many bytes a function's package may have. The larger it is, the longer an agent waits for an instance to start.
 * Each stands a little above what the package has.
 */
export const MAX_BYTES = {
  "agent-api": 600_000,
  "task-dispatcher": 610_000,
  "task-forwarder": 860_000,
} as const;

/** Packages that no function needs, and what is bundled in their places; says why there. */
const REPLACED = {
  "@aws-sdk/credential-provider-node": "./functions/environment-credentials.ts",
  "sonic-boom": "./functions/no-stream.cjs",
  "thread-stream": "./functions/no-stream.cjs",
};

/** A folder under functions/. */
export type FunctionName = keyof typeof MAX_BYTES;

export interface Bundle {
  readonly bytes: number;
  /** Files that went into it, relative to the project, with the bytes that they have in it. */
  readonly inputs: ReadonlyMap<string, number>;
}

/**
 * Makes a function's package: nothing but index.js, the same bytes wherever the project lies. Its source map goes to
 * the folder source-maps beside `outputDir`, where decode-stack.ts finds it.
 * @throws if the package has become too large, with what is large in it.
 */
export function bundleFunction(name: FunctionName, outputDir: string, maxBytes: number = MAX_BYTES[name]): Bundle {
  const { code, sourceMap, inputs } = bundle(`functions/${name}/handler.ts`);
  const bytes = code.byteLength;
  if (bytes > maxBytes) throw new Error(tooLarge(name, { bytes, inputs }, maxBytes));
  const sourceMaps = join(dirname(resolve(outputDir)), "source-maps");
  for (const folder of [outputDir, sourceMaps]) mkdirSync(folder, { recursive: true });
  writeFileSync(join(outputDir, "index.js"), code);
  writeFileSync(join(sourceMaps, `${name}.js.map`), sourceMap);
  return { bytes, inputs };
}

/**
 * Bundles one entry file as all functions are.
 * @param entry relative to `root`.
 */
export function bundle(entry: string, root = ROOT): Pick<Bundle, "inputs"> & Record<"code" | "sourceMap", Uint8Array> {
  const { outputFiles, metafile } = buildSync({
    entryPoints: [entry],
    absWorkingDir: root,
    outfile: "index.js",
    write: false,
    bundle: true,
    minify: true,
    sourcemap: "external",
    sourcesContent: false,
    metafile: true,
    platform: "node",
    target: "node24",
    format: "cjs", // starts as fast as an ES module or faster, by 5 to 30 % for the larger bundles
    mainFields: ["module", "main"], // of two forms of a package, the one of which unused parts can be left out
    legalComments: "none",
    alias: REPLACED,
    logLevel: "silent",
  });
  const [sourceMap, code] = outputFiles.map(({ contents }) => contents);
  if (sourceMap === undefined || code === undefined) throw new Error(`esbuild made nothing of ${entry}`);
  return { code, sourceMap, inputs: inputsOf(metafile) };
}

function inputsOf({ outputs }: Metafile): Map<string, number> {
  const parts = outputs["index.js"]?.inputs ?? {};
  return new Map(Object.entries(parts).map(([file, { bytesInOutput }]) => [file, bytesInOutput]));
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
