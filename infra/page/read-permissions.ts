import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createApp } from "../create-app.ts";
import { permissionsPage } from "./permissions-page.ts";

/** The page of permissions as it should be now: the stack is synthesised for it, with everything that it can have. */
export function readPermissions(): string {
  const { context } = JSON.parse(readFileSync(new URL("../../cdk.json", import.meta.url), "utf8"));
  const outdir = mkdtempSync(join(tmpdir(), "flashpoint-permissions-"));
  try {
    const { app, stack } = createApp({ ...context, "aws:cdk:bundling-stacks": [], edge: true }, outdir);
    return permissionsPage(app.synth().getStackArtifact(stack.artifactId).template);
  } finally {
    rmSync(outdir, { recursive: true, force: true });
  }
}
