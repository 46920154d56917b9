/**
 * Says what it takes a fresh Node to load a bundle that mark-modules.ts has marked, by whose code it is, in milliseconds.
 * Node's own modules that the bundle loads, of which the arguments have a list, are loaded first, one after the other: what
 * one shares with another counts for the first. Without a list, says which ones those are.
 */
import { isBuiltin } from "node:module";
import { pathToFileURL } from "node:url";

const [, , file, list] = process.argv;
/** Those that have a name for others; what such a name begins with `_` for, is loaded by another. */
const isPublic = (name) => isBuiltin(name) && !name.startsWith("_");
const loaded = () => process.moduleLoadList.map((entry) => entry.replace(/^NativeModule /, "")).filter(isPublic);
const before = new Set(loaded());
const took = new Map();
const add = (owner, ms) => took.set(owner, (took.get(owner) ?? 0) + ms);

for (const name of JSON.parse(list ?? "[]")) {
  const from = performance.now();
  process.getBuiltinModule(name);
  add(`node:${name}`, performance.now() - from);
}

const running = [""]; // no module's
let from = performance.now();
/** Counts what passed since the last call for whoever ran meanwhile. */
const turn = () => {
  const now = performance.now();
  add(running.at(-1), now - from);
  from = now;
};
globalThis.__begin = (owner) => {
  turn();
  running.push(owner);
};
globalThis.__end = () => {
  turn();
  running.pop();
};
await import(pathToFileURL(file).href);
turn();
const modules = list === undefined ? loaded().filter((name) => !before.has(name)) : [];
process.stdout.write(JSON.stringify({ modules, took: [...took] }));
process.exit();
