import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundledPackages } from "../../infra/packages/cli/notices.ts";
import { startWorld, temporaryFolder, type World } from "../support/world.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const PARTS = [
  "cli",
  "docs",
  "server",
  "shared",
  "infra/packages",
  "infra/RUNBOOK.md",
  "package.json",
  "package-lock.json",
  ".npmrc",
];
const PATIENCE_MS = 120_000;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let world: World;
/** The project again: while npm packs, package.json is another one, and other tests read that of the checkout. */
let project: string;
let files: string[];
let manifestBefore: string;

const run = promisify(execFile);
const inFolder = (...path: string[]): string => join(folder.path, ...path);
const manifest = (): Promise<string> => readFile(join(project, "package.json"), "utf8");

beforeAll(async () => {
  [folder, world] = await Promise.all([temporaryFolder(), startWorld()]);
  project = inFolder("project");
  for (const part of [...PARTS, "README.md", "LICENSE"])
    await cp(join(ROOT, part), join(project, part), { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(project, "node_modules"));
  await mkdir(join(project, "dist/cli"), { recursive: true });
  await writeFile(join(project, "dist/cli/of-an-earlier-build.js"), "");
  manifestBefore = await manifest();

  await run("npm", ["pack", "--pack-destination", folder.path], { cwd: project, timeout: PATIENCE_MS });
  files = (await run("tar", ["-tzf", inFolder("flashpoint-0.1.0.tgz")])).stdout.trim().split("\n");
  // Somewhere else, for a user who has nothing: neither packages, nor a cache, nor a network.
  await mkdir(inFolder("elsewhere"));
  await writeFile(inFolder("elsewhere", "package.json"), "{}");
  const install = ["install", "--offline", "--no-audit", "--cache", inFolder("cache"), "../flashpoint-0.1.0.tgz"];
  await run("npm", install, { cwd: inFolder("elsewhere"), env: environment(), timeout: PATIENCE_MS });
}, PATIENCE_MS);
afterAll(async () => {
  await world?.stop();
  await folder?.remove();
});

function environment(): NodeJS.ProcessEnv {
  const { dynamodbEndpoint, sqsEndpoint } = world.server.engines.aws;
  return {
    PATH: process.env.PATH,
    HOME: inFolder("home"),
    AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint,
    AWS_ENDPOINT_URL_SQS: sqsEndpoint,
  };
}

/** The installed program, by the name that npm gives it. */
async function flashpoint(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const program = inFolder("elsewhere/node_modules/.bin/flashpoint");
  const options = { cwd: inFolder("elsewhere"), env: environment(), timeout: 20_000 };
  return run(program, args, options).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

describe("the package", () => {
  it("has the built program, its licenses and nothing else", async () => {
    const meant =
      /^package\/(package\.json|README\.md|LICENSE|dist\/cli\/[\w.-]+\.js|dist\/THIRD-PARTY-NOTICES\.txt|docs\/policy-file\.schema\.json|docs\/\w+\.md|infra\/RUNBOOK\.md)$/;
    expect(files.filter((file) => !meant.test(file))).toEqual([]);
    expect(files).toContain("package/dist/cli/flashpoint.js");
    expect(files).not.toContain("package/dist/cli/of-an-earlier-build.js");
    for (const must of ["README.md", "LICENSE", "dist/THIRD-PARTY-NOTICES.txt"])
      expect(files).toContain(`package/${must}`);
    expect(files.includes("package/docs/policy-file.schema.json")).toBe(
      existsSync(join(ROOT, "docs/policy-file.schema.json")),
    );
  });

  it("has the pages that its texts point to", async () => {
    const code = files.filter((file) => file.endsWith(".js"));
    const texts = await Promise.all(
      code.map((file) => readFile(inFolder("elsewhere/node_modules/flashpoint", file.replace("package/", "")), "utf8")),
    );
    const named = new Set(texts.join("").match(/\b(?:docs\/[a-z]+|infra\/[A-Z]+)\.md\b/g));
    expect(named).toContain("docs/collectors.md");
    expect([...named].filter((page) => !files.includes(`package/${page}`))).toEqual([]);
  });

  it("installs alone: it depends on nothing, and runs no scripts", async () => {
    const installed = JSON.parse(await readFile(inFolder("elsewhere/node_modules/flashpoint/package.json"), "utf8"));
    const { version, license } = JSON.parse(manifestBefore);
    expect(installed).toMatchObject({
      name: "flashpoint",
      version,
      license,
      engines: { node: ">=22" },
      type: "module",
    });
    for (const field of ["dependencies", "devDependencies", "scripts"]) expect(installed).not.toHaveProperty(field);
  });

  it("names every package that is in it, with its license", async () => {
    const notices = await readFile(inFolder("elsewhere/node_modules/flashpoint/dist/THIRD-PARTY-NOTICES.txt"), "utf8");
    for (const [name, license] of [
      ["commander", "MIT"],
      ["yaml", "ISC"],
      ["@aws-sdk/client-dynamodb", "Apache-2.0"],
    ])
      expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(${license}\\)$`, "m"));
    expect(notices).toContain("Copyright (c) 2011 TJ Holowaychuk"); // commander's LICENSE
    expect(notices).not.toMatch(/no license named/);
    expect(
      bundledPackages(["cli/main.ts", "node_modules/a/b.js", "node_modules/@c/d/e.js", "node_modules/a/f.js"]),
    ).toEqual(["node_modules/@c/d", "node_modules/a"]);
  });

  it("leaves the checkout as it was", async () => {
    expect(await manifest()).toBe(manifestBefore);
    expect(existsSync(join(project, "dist/package.json.kept"))).toBe(false);
  });
});

describe("the installed program", () => {
  it("explains itself and says its version", async () => {
    expect(await flashpoint("--help")).toMatchObject({
      code: 0,
      stderr: "",
      stdout: expect.stringContaining("policies"),
    });
    expect(await flashpoint("help", "collectors", "set")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Usage: flashpoint collectors set"),
    });
    const { version } = JSON.parse(manifestBefore);
    expect(await flashpoint("--version")).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });

  it("checks policies without any engine", async () => {
    const file = join(ROOT, "docs/examples/policy.yaml");
    expect(await flashpoint("policies", "validate", "-f", file)).toMatchObject({ code: 0, stderr: "" });
    await writeFile(inFolder("wrong.yaml"), "policy: 3\n");
    const { code, stderr } = await flashpoint("policies", "validate", "-f", inFolder("wrong.yaml"));
    expect(code).toBe(2);
    expect(stderr).toContain("wrong.yaml:1:9:");
  });

  it("sets, lists and prints policies, and says why", async () => {
    const file = join(ROOT, "docs/examples/policy.yaml");
    expect(await flashpoint("--local", "policies", "set", "checkout", "-f", file)).toMatchObject({
      code: 0,
      stderr: "",
    });
    expect((await flashpoint("--local", "policies", "list")).stdout).toMatch(/^checkout /m);
    for (const options of [[], ["-o", "yaml"], ["--json"]])
      expect(await flashpoint("--local", "policies", "get", "checkout", ...options)).toMatchObject({
        code: 0,
        stderr: "",
        stdout: expect.stringContaining("PROCESS_CPU"),
      });
    expect((await flashpoint("--local", "why", "checkout")).stdout).toContain("Likely reason:");
  });

  it("speaks to every engine", async () => {
    const set = ["--local", "collectors", "set", "hook", "--url", "http://127.0.0.1:9/", "--json"];
    expect(JSON.parse((await flashpoint(...set)).stdout)).toMatchObject({
      name: "hook",
      secret: expect.stringMatching(/^whsec_/),
    });
    expect((await flashpoint("--local", "collectors", "test", "hook")).stdout).toContain("test event not delivered");
    expect(await flashpoint("--local", "tasks", "list")).toMatchObject({ code: 0, stderr: "" });
    expect(await flashpoint("--local", "tokens", "create", "cluster-a")).toMatchObject({ code: 0 });
    expect(await flashpoint("--local", "deliveries", "redrive", "--reports")).toMatchObject({ code: 0, stderr: "" });
  });

  it("looks at its own version and at Node.js, though its package.json lies elsewhere than a checkout's", async () => {
    const { stdout } = await flashpoint("--local", "doctor", "--json");
    const { version } = JSON.parse(manifestBefore);
    expect(JSON.parse(stdout).checks).toContainEqual(
      expect.objectContaining({
        name: "versions",
        status: "ok",
        detail: `Node.js ${process.versions.node}, flashpoint ${version}`,
      }),
    );
    expect(JSON.parse((await flashpoint("--local", "status", "--json")).stdout)).toHaveProperty("answers");
  });

  it("says what is wrong", async () => {
    expect(await flashpoint("--local", "tasks", "show", "none")).toEqual({
      code: 1,
      stdout: "",
      stderr: "flashpoint: there is no task none; `flashpoint --local tasks list` names them\n",
    });
    expect(await flashpoint("polices")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Did you mean policies?"),
    });
  });
});

describe("packing that is stopped", () => {
  const script = (name: string, ...args: string[]) =>
    run(process.execPath, [`infra/packages/cli/${name}.ts`, ...args], { cwd: project, timeout: PATIENCE_MS });

  it("has package.json put back all the same, and another npm does not come in between", {
    timeout: PATIENCE_MS,
  }, async () => {
    await script("prepack");
    expect(JSON.parse(await manifest())).not.toHaveProperty("dependencies");
    await expect(script("prepack")).rejects.toMatchObject({
      stderr: expect.stringContaining("npm is packing here already, or was stopped while it did"),
    });
    await script("put-back-later", project, "0");
    expect(await manifest()).toBe(manifestBefore);
    await expect(script("postpack")).rejects.toMatchObject({ stderr: expect.stringContaining("pack again") });
  });

  it("never takes back what was changed after it", { timeout: PATIENCE_MS }, async () => {
    await script("prepack");
    const edited = manifestBefore.replace('"0.1.0"', '"0.2.0"');
    await writeFile(join(project, "package.json"), edited);
    await script("put-back-later", project, "0");
    expect(await manifest()).toBe(edited);
    await writeFile(join(project, "package.json"), manifestBefore);
  });
});
