#!/usr/bin/env node
/**
 * What `flashpoint` starts. In JavaScript, so that Node does not load what strips types before it knows of the cache, in
 * which types are stripped already; and so that an old Node comes far enough to hear what is wrong.
 */
import { mkdirSync, statSync } from "node:fs";
import module from "node:module";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

const LEAST_NODE = 22;

if (Number.parseInt(process.versions.node, 10) < LEAST_NODE) {
  process.stderr.write(`flashpoint: it takes Node.js ${LEAST_NODE} or newer; this is ${process.version}\n`);
  process.exit(1);
}

// With the user's other caches: in a folder that others may write to, the code could be somebody else's. Without a home there
// is none. Each folder is made by itself: Node, told to make all of them, never ends in /proc.
try {
  const { NODE_COMPILE_CACHE, XDG_CACHE_HOME = "" } = process.env;
  if (!NODE_COMPILE_CACHE) {
    const isNamed = isAbsolute(XDG_CACHE_HOME);
    const home = isNamed ? XDG_CACHE_HOME : homedir();
    if (isAbsolute(home) && statSync(home).isDirectory()) {
      const caches = isNamed ? home : made(join(home, ".cache"));
      module.enableCompileCache?.(made(join(caches, "flashpoint")));
    }
  }
} catch {} // it only starts slower

await import("./main.ts");

function made(folder) {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  return folder;
}
