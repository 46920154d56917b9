import { existsSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/**
 * Puts the places in the project into a stack trace of a function, of which its log knows only places in index.js:
 *
 *     node infra/decode-stack.ts agent-api < trace.txt
 *
 * Takes the source map that the last `npm run synth` has left. The same sources and packages make the same bundle, so the
 * map of what is deployed can be had again from its commit.
 */
export function decodeStack(trace: string, sourceMap: SourceMap): string {
  return trace.replace(/[^\s()"]*\bindex\.js:(\d+):(\d+)/g, (place, line, column) => {
    const entry = sourceMap.findEntry(Number(line) - 1, Number(column) - 1);
    if (!("originalSource" in entry)) return place;
    return `${entry.originalSource}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

if (import.meta.main) {
  const [name = "", folder = "cdk.out"] = process.argv.slice(2);
  const file = join(folder, "source-maps", `${name}.js.map`);
  if (name !== "" && existsSync(file)) {
    const sourceMap = new SourceMap(JSON.parse(readFileSync(file, "utf8")));
    process.stdout.write(decodeStack(await text(process.stdin), sourceMap));
  } else {
    const problem = name === "" ? "which function?" : `there is no ${file}; npm run synth makes it`;
    process.stderr.write(`${problem}\nUsage: node infra/decode-stack.ts FUNCTION [CDK_OUT] < trace.txt\n`);
    process.exitCode = 1;
  }
}
