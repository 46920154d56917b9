import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { afterAll } from "vitest";
import { createApp } from "../../infra/create-app.ts";

const cdkJson: { context: Record<string, unknown> } = JSON.parse(
  readFileSync(new URL("../../cdk.json", import.meta.url), "utf8"),
);

/** What is synthesised in one test file; the CDK would leave it behind. */
const synthesised = mkdtempSync(join(tmpdir(), "flashpoint-test-"));
afterAll(() => rmSync(synthesised, { recursive: true, force: true }));

/** The stack as the CDK's command line makes it of these options; its functions are bundled only if a test wants them. */
export function stackOf(options: Readonly<Record<string, unknown>> = {}): { app: App; stack: Stack } {
  const context = { ...cdkJson.context, "aws:cdk:bundling-stacks": [], ...options };
  return createApp(context, mkdtempSync(join(synthesised, "cdk.out")));
}

export interface Resource {
  readonly logicalId: string;
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is as deep and as loose as CloudFormation
  readonly Properties: any;
  readonly Metadata?: Record<string, unknown>;
  readonly DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

export interface ReadTemplate {
  readonly template: Template;
  /** Of one type, or all. */
  resources(type?: string): Resource[];
  /** The only one of a type whose logical id starts with this. */
  resource(type: string, logicalId: string): Resource;
  readonly outputs: Record<string, { Value: unknown; Description: string }>;
}

/** The template of the stack with these options. */
export function templateOf(options: Readonly<Record<string, unknown>> = {}): ReadTemplate {
  const template = Template.fromStack(stackOf(options).stack);
  const json = template.toJSON();
  const resources = (type?: string): Resource[] =>
    Object.entries<Omit<Resource, "logicalId">>(json.Resources)
      .map(([logicalId, resource]) => ({ ...resource, logicalId }))
      .filter(({ Type }) => type === undefined || Type === type);
  return {
    template,
    resources,
    resource(type, logicalId) {
      const [found, ...more] = resources(type).filter((resource) => resource.logicalId.startsWith(logicalId));
      if (found === undefined || more.length > 0) throw new Error(`${1 + more.length} of ${type} ${logicalId}`);
      return found;
    },
    outputs: json.Outputs,
  };
}
