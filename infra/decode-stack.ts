import { readdirSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/**
 * Puts the places in the project into a stack trace of a function, of which its log knows only places in its package:
 *
 *     node infra/decode-stack.ts agent-api < trace.txt
 *
 * Takes the source maps that the last `npm run synth` has left. The same sources and packages make the same bundle, so
 * the maps of what is deployed can be had again from its commit.
 * @param sourceMaps by the names of the package's files; places in other files stay as they are.
 */
export function decodeStack(trace: string, sourceMaps: ReadonlyMap<string, SourceMap>): string {
  return trace.replace(/[^\s()"]*?([\w-]+\.mjs):(\d+):(\d+)/g, (place, file, line, column) => {
    const entry = sourceMaps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !("originalSource" in entry)) return place;
    return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

/** The source maps of a function's package, by the names of its files. @throws if there are none. */
export function readSourceMaps(folder: string): Map<string, SourceMap> {
  return new Map(
    readdirSync(folder).map((name) => [
      name.replace(/\.map$/, ""),
      new SourceMap(JSON.parse(readFileSync(join(folder, name), "utf8"))),
    ]),
  );
}

if (import.meta.main) {
  const [name = "", assembly = "cdk.out"] = process.argv.slice(2);
  const folder = join(assembly, "source-maps", name);
  try {
    if (name === "") throw new Error("which function?");
    process.stdout.write(decodeStack(await text(process.stdin), sourceMapsOf(folder)));
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${problem}\nUsage: node infra/decode-stack.ts FUNCTION [CDK_OUT] < trace.txt\n`);
    process.exitCode = 1;
  }
}

function sourceMapsOf(folder: string): Map<string, SourceMap> {
  try {
    return readSourceMaps(folder);
  } catch (error) {
    throw new Error(`there are no source maps in ${folder}; npm run synth makes them`, { cause: error });
  }
}
