import { readFile } from "node:fs/promises";
import { extname, relative } from "node:path";
import type { Plugin } from "esbuild";

/** What the bundle calls as a module begins and ends; whoever loads it provides them. */
const BEGIN = "__begin";
const END = "__end";
const PROLOGUE = /^(?:\s|\/\/.*|\/\*[\s\S]*?\*\/)*(["'])use strict\1;?/;

/**
 * Has every module of a bundle say when its own code begins to run and when it has ended, and whose it is: a package's, or
 * ours. Modules stay apart in a bundle, one behind the other or, in CommonJS, one called by another, so that a stack of
 * those that have begun tells at any time whose code runs.
 */
export const plugin: Plugin = {
  name: "mark-modules",
  setup({ onLoad, initialOptions: { absWorkingDir = "." } }) {
    onLoad({ filter: /\.(?:[cm]?js|ts)$/ }, async ({ path }) => {
      const text = await readFile(path, "utf8");
      const owner = JSON.stringify(ownerOf(relative(absWorkingDir, path)));
      const [prologue = ""] = PROLOGUE.exec(text) ?? []; // has to stay in front, or it is none
      const contents = `${prologue};${BEGIN}(${owner});${text.slice(prologue.length)}\n;${END}();`;
      return { contents, loader: extname(path) === ".ts" ? "ts" : "js" };
    });
  },
};

/** The package that a file belongs to; where it has none, it is ours, or esbuild's own help. */
function ownerOf(file: string): string {
  return /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? "Flashpoint's own code";
}
