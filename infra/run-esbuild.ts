/**
 * Bundles one entry file and writes what came of it to standard output. A program of its own, since esbuild takes
 * plugins only where it can be waited for, and the CDK asks for a package while it does not wait.
 */
import { isBuiltin } from "node:module";
import { basename, join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";
import type { BundledFiles } from "./bundle.ts";

/** Packages that no function needs, and what is bundled in their places; says why there. */
const REPLACED_PACKAGES = {
  "@smithy/core/event-streams": "./functions/replacements/no-event-streams.ts",
  "@aws-sdk/credential-provider-node": "./functions/replacements/environment-credentials.ts",
  "sonic-boom": "./functions/replacements/no-stream.cjs",
  "thread-stream": "./functions/replacements/no-stream.cjs",
};

const PROTOBUF = "/@bufbuild/protobuf/dist/esm";
/** The same for files of a package, where other files of it ask for them. */
const REPLACED_FILES = [
  {
    file: "descriptor_pb.js",
    askedForBy: [`${PROTOBUF}/codegenv2/file.js`, `${PROTOBUF}/wkt/index.js`],
    by: "functions/replacements/descriptor-shapes.ts",
  },
  {
    file: "from-binary.js",
    askedForBy: [`${PROTOBUF}/codegenv2/file.js`],
    by: "functions/replacements/read-descriptor.ts",
  },
  {
    file: "base64-encoding.js",
    askedForBy: [`${PROTOBUF}/codegenv2/file.js`],
    by: "functions/replacements/base64-decode.ts",
  },
];

/** Packages in CommonJS ask for Node's own modules by it. */
const REQUIRE = 'const require=process.getBuiltinModule("node:module").createRequire(import.meta.url);';

const [entry = "", root = "", isReplacing, plugin] = process.argv.slice(2);
const plugins: Plugin[] = isReplacing === "true" ? [replaceFiles(), takeFromProcess()] : [];
if (plugin !== undefined) plugins.push((await import(join(root, plugin))).plugin);
const { outputFiles, metafile } = await build({
  entryPoints: { index: entry },
  absWorkingDir: root,
  preserveSymlinks: true, // a name by another road would be another name in source maps
  outdir: ".",
  write: false,
  bundle: true,
  minify: true,
  sourcemap: "external",
  sourcesContent: false,
  metafile: true,
  platform: "node",
  target: "node24",
  format: "esm", // the form in which a bundle can have parts that are loaded when they are needed
  splitting: true,
  outExtension: { ".js": ".mjs" },
  chunkNames: "[name]-[hash]",
  banner: { js: REQUIRE },
  mainFields: ["module", "main"], // of two forms of a package, the one of which unused parts can be left out
  legalComments: "none",
  ...(isReplacing === "true" && { alias: REPLACED_PACKAGES }),
  plugins,
  logLevel: "silent",
});
const text = new Map(outputFiles.map((file) => [basename(file.path), file.text]));
const names = namesOf("index.mjs", metafile);
const bundled: BundledFiles = {
  code: names.map((name) => [name, text.get(name) ?? ""]),
  sourceMaps: names.map((name) => [`${name}.map`, text.get(`${name}.map`) ?? ""]),
  inputs: names.flatMap((name) =>
    Object.entries(metafile.outputs[name]?.inputs ?? {}).map(([input, { bytesInOutput }]) => [input, bytesInOutput]),
  ),
};
process.stdout.write(JSON.stringify(bundled));

/**
 * Has Node's own modules taken from the process where they would be imported. To import one is to look at all that it
 * exports, and so to have it made: WebSocket and fetch for node:http, worker threads and a parser of arguments for
 * node:util, every certificate that Node trusts for node:tls. That takes several times as long as the modules themselves.
 */
function takeFromProcess(): Plugin {
  const namespace = "process";
  return {
    name: "take-from-process",
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^(?:node:)?[a-z0-9_/]+$/ }, ({ path, kind }) =>
        kind === "import-statement" && isBuiltin(path)
          ? { path: path.replace(/^node:/, ""), namespace, sideEffects: false }
          : undefined,
      );
      onLoad({ filter: /^/, namespace }, ({ path }) => ({ contents: takingFromProcess(path) }));
    },
  };
}

/** Of what the module exports, only what somebody asks for stays in the bundle. */
function takingFromProcess(name: string): string {
  return [
    `const all = /* @__PURE__ */ process.getBuiltinModule("node:${name}");`,
    "export default all;",
    ...Object.keys(process.getBuiltinModule(`node:${name}`) ?? {}).map(
      (key) => `const own_${key} = /* @__PURE__ */ (() => all.${key})(); export { own_${key} as ${key} };`,
    ),
  ].join("\n");
}

function replaceFiles(): Plugin {
  return {
    name: "replace-files",
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.?\// }, ({ path, importer }) => {
        const found = REPLACED_FILES.find(
          ({ file, askedForBy }) => basename(path) === file && askedForBy.some((asking) => importer.endsWith(asking)),
        );
        return found === undefined ? undefined : { path: join(root, found.by), sideEffects: false };
      });
    },
  };
}

/** The file and those that are loaded from it, by whatever road. esbuild also writes parts that nothing asks for. */
function namesOf(first: string, { outputs }: Metafile): string[] {
  const names = new Set([first]);
  for (const name of names) for (const { path } of outputs[name]?.imports ?? []) if (path in outputs) names.add(path);
  return [...names];
}
