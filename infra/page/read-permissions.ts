import { readFileSync } from "node:fs";
import { createApp } from "../create-app.ts";
import { permissionsPage } from "./permissions-page.ts";

/** The page of permissions as it should be now: the stack is synthesised for it, with everything that it can have. */
export function readPermissions(): string {
  const { context } = JSON.parse(readFileSync(new URL("../../cdk.json", import.meta.url), "utf8"));
  const { app, stack } = createApp({ ...context, "aws:cdk:bundling-stacks": [], edge: true });
  return permissionsPage(app.synth().getStackArtifact(stack.artifactId).template);
}
