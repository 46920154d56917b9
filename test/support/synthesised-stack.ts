import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { FunctionName } from "../../infra/bundle.ts";

const ROOT = join(import.meta.dirname, "../..");
const SYNTH_MS = 120_000;

export interface SynthesisedStack {
  /** The folder that AWS gets as a function's package. */
  packageOf(name: FunctionName): string;
  /** What the command said. */
  readonly said: string;
}

/**
 * Runs the command that a user runs, where no credentials, no settings and no home can be found.
 * @param folder is empty; what comes of it goes there.
 */
export async function synthesise(folder: string, ...options: string[]): Promise<SynthesisedStack> {
  const cdkOut = join(folder, "cdk.out");
  const cdk = join(ROOT, "node_modules/aws-cdk/bin/cdk");
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [cdk, "synth", "--quiet", "--output", cdkOut, ...options],
    { cwd: ROOT, env: { PATH: join(ROOT, "node_modules/.bin"), HOME: folder }, timeout: SYNTH_MS },
  );
  const { Resources } = JSON.parse(await readFile(join(cdkOut, "flashpoint.template.json"), "utf8"));
  const functions = Object.values<{ Type: string; Properties: { FunctionName: string; Code: { S3Key: string } } }>(
    Resources,
  ).filter(({ Type }) => Type === "AWS::Lambda::Function");
  return {
    said: `${stdout}${stderr}`,
    packageOf(name) {
      const found = functions.find(({ Properties }) => Properties.FunctionName === `flashpoint-${name}`);
      if (found === undefined) throw new Error(`the stack has no function ${name}`);
      return join(cdkOut, `asset.${found.Properties.Code.S3Key.replace(/\.zip$/, "")}`);
    },
  };
}
