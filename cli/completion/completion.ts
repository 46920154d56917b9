import type { Command } from "commander";
export function addCompletion(_c: Command): void {}
