import { build, type Metafile } from "esbuild";
import { PACKED_NODE } from "./packed-manifest.ts";

const ENTRY = "cli/flashpoint.js";
/** Packages in CommonJS ask for Node's own modules by it. */
const REQUIRE = 'import{createRequire}from"node:module";const require=createRequire(import.meta.url);';

/** Packages whose form for Node is CommonJS, by their form that is not: see `refuseCommonJs`. */
const MODULES = { yaml: "./node_modules/yaml/browser/index.js" };

/** The command line as JavaScript that needs no package: flashpoint.js, and the parts that it loads when they are needed. */
export interface CliBundle {
  readonly code: readonly (readonly [name: string, text: string])[];
  /** Files that went into it, relative to the project. */
  readonly inputs: readonly string[];
}

/**
 * @param root the project's folder.
 * @param made what `flashpoint --version` says of it.
 */
export async function bundleCli(
  root: string,
  made: { version: string; commit: string | null } = { version: "0", commit: null },
): Promise<CliBundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: { flashpoint: ENTRY },
    absWorkingDir: root,
    preserveSymlinks: true,
    outdir: ".",
    write: false,
    bundle: true,
    splitting: true, // what is loaded when it is asked for stays so
    minify: true,
    metafile: true,
    platform: "node",
    target: "node22",
    format: "esm",
    chunkNames: "[name]-[hash]",
    mainFields: ["module", "main"],
    banner: { js: REQUIRE },
    define: { FLASHPOINT_BUILD: JSON.stringify({ ...made, node: PACKED_NODE }) },
    alias: MODULES,
    legalComments: "none", // their licenses stand in a file of their own
    logLevel: "silent",
  });
  refuseCommonJs(metafile);
  const outputs = Object.entries(metafile.outputs);
  return {
    code: outputFiles.map(({ path, text }) => [path.slice(path.lastIndexOf("/") + 1), text]),
    inputs: [...new Set(outputs.flatMap(([, { inputs }]) => Object.keys(inputs)))].sort(),
  };
}

/** What esbuild makes of `await import()` of a CommonJS module has a default export alone, while Node finds names in it. */
function refuseCommonJs({ inputs }: Metafile): void {
  const faults = Object.entries(inputs).flatMap(([file, { imports }]) =>
    imports
      .filter(({ kind, path }) => kind === "dynamic-import" && inputs[path]?.format === "cjs")
      .map(({ path }) => `${file} loads ${path} by await import(), which is CommonJS`),
  );
  if (faults.length === 0) return;
  const advice = "name its other form in MODULES, or import it statically in a file that is loaded so";
  throw new Error(`${faults.join("\n")}\n${advice}`);
}
