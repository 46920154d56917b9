#!/usr/bin/env node
/**
 * What `flashpoint` starts. In JavaScript, so that Node does not load what strips types before it knows of the cache, in
 * which types are stripped already.
 */
import { enableCompileCache } from "node:module";
import { homedir } from "node:os";
import { join } from "node:path";

// With the user's other caches: in a folder that all users may write to, the code could be somebody else's.
try {
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  enableCompileCache(process.env.NODE_COMPILE_CACHE || join(caches, "flashpoint"));
} catch {} // a user without a home goes without
await import("./main.ts");
