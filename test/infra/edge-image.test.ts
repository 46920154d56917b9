import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { describe, expect, it } from "vitest";
import { stackOf } from "../support/stack.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const dockerfile = read("infra/edge/Dockerfile");

/** What Docker is handed: the folder that the CDK has put together, and how it is to be built. */
function imageAsset(): { folder: string; source: { dockerFile: string; platform: string } } {
  const { app, stack } = stackOf({ edge: true });
  const assembly = app.synth();
  const { dockerImages } = JSON.parse(
    readFileSync(join(assembly.directory, `${stack.artifactId}.assets.json`), "utf8"),
  );
  const [{ source }] = Object.values<{ source: { directory: string; dockerFile: string; platform: string } }>(
    dockerImages,
  ) as [{ source: { directory: string; dockerFile: string; platform: string } }];
  return { folder: join(assembly.directory, source.directory), source };
}

const { folder, source } = imageAsset();
const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));

describe("what the image is made of", () => {
  it("is the Dockerfile, the list of packages, and the code that a server runs: no tests, no docs, no data", () => {
    expect(new Set(files.map((file) => file.split("/")[0]))).toEqual(
      new Set([".dockerignore", ".npmrc", "infra", "package-lock.json", "package.json", "server", "shared"]),
    );
    expect(files.filter((file) => file.startsWith("infra/"))).toEqual(["infra/edge/Dockerfile"]);
    expect(files.filter((file) => /^server\/(demo|local)\/|node_modules|\.env|\.pem$/.test(file))).toEqual([]);
  });

  it("holds every file that the server and its health probe import", async () => {
    const { metafile } = await build({
      entryPoints: ["server/main.ts", "server/health-probe.ts"],
      absWorkingDir: ROOT,
      outdir: "unwritten",
      write: false,
      bundle: true,
      metafile: true,
      platform: "node",
      format: "esm",
      packages: "external",
      external: ["./local/local-server.ts"], // loaded by `npm start` alone
    });
    const imported = Object.keys(metafile.inputs);
    expect(imported).toContain("shared/services.ts");
    expect(imported.filter((file) => !files.includes(file))).toEqual([]);
  });

  it("is built for arm64 by that Dockerfile", () => {
    expect(source).toMatchObject({ dockerFile: "infra/edge/Dockerfile", platform: "linux/arm64" });
    expect(existsSync(join(folder, source.dockerFile))).toBe(true);
  });
});

describe("the Dockerfile", () => {
  it("has the Node.js that package.json has", () => {
    const { devDependencies } = JSON.parse(read("package.json"));
    expect(/^ARG NODE=node:([\d.]+)-/m.exec(dockerfile)?.[1]).toBe(devDependencies.node);
  });

  it("runs nothing in the image itself, so that any machine builds it for any processor", () => {
    const [, ...stages] = dockerfile.split(/^FROM /m);
    expect(stages).toHaveLength(2);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Docker's own
    expect(stages[0]).toMatch("--platform=$BUILDPLATFORM ${NODE} AS packages");
    expect(stages[0]).toContain("\nRUN npm ci --omit=dev --ignore-scripts\n");
    expect(stages[1]).not.toMatch(/^RUN/m);
  });

  it("runs the server as nobody special", () => {
    expect(dockerfile).toMatch(/^USER node$/m);
    expect(dockerfile).toMatch(/^CMD \["node", "server\/main\.ts", "serve"\]$/m);
  });
});

it("every package that the server needs is plain JavaScript, and none runs a script that it is installed with", () => {
  const packages = Object.entries<Record<string, unknown>>(JSON.parse(read("package-lock.json")).packages);
  const production = packages.filter(([path, { dev, devOptional }]) => path !== "" && !dev && !devOptional);
  expect(production.length).toBeGreaterThan(50);
  expect(production.filter(([, { os, cpu, libc }]) => os ?? cpu ?? libc).map(([path]) => path)).toEqual([]);
  const { allowScripts } = JSON.parse(read("package.json"));
  const scripted = production.filter(([, { hasInstallScript }]) => hasInstallScript).map(([path]) => path);
  expect(scripted.filter((path) => allowScripts[path.replace(/.*node_modules\//, "")] !== false)).toEqual([]);
});
