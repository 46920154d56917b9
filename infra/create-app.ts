import { App, type Stack, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { FlashpointChecks } from "./checks/flashpoint-checks.ts";
import { createFlashpointStack } from "./flashpoint-stack.ts";
import { readOptions } from "./options/read-options.ts";

/**
 * The app with its one stack, which is checked when it is synthesised: cdk-nag's AwsSolutions, and what that lacks.
 * @param context beside what the CDK's command line passes on.
 * @param outdir folder of what is synthesised, if it is not the one that the CDK's command line names.
 * @throws InvalidInput with every fault of the options.
 */
export function createApp(
  context: Readonly<Record<string, unknown>> = {},
  outdir?: string,
): { app: App; stack: Stack } {
  const app = new App(outdir === undefined ? { context } : { context, outdir });
  const stack = createFlashpointStack(app, readOptions(app.node.getAllContext()));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new FlashpointChecks(app));
  return { app, stack };
}
