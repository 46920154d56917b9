import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "../create-app.ts";
import type { Template } from "./template.ts";

/**
 * The template of the stack with these options, as `npm run synth` makes it, but for the functions' packages, which nobody
 * here reads.
 * @throws InvalidInput with every fault of the options.
 */
export function synthesisedTemplate(options: Readonly<Record<string, unknown>>): Template {
  const { context } = JSON.parse(readFileSync(new URL("../../cdk.json", import.meta.url), "utf8"));
  const outdir = mkdtempSync(join(tmpdir(), "flashpoint-template-"));
  try {
    const { app, stack } = createApp({ ...context, "aws:cdk:bundling-stacks": [], ...options }, outdir);
    return app.synth().getStackArtifact(stack.artifactId).template;
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
