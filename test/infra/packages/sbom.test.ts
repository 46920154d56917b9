import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { homedir, hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { beforeAll, expect, it } from "vitest";

const ROOT = new URL("../../..", import.meta.url).pathname;
const readJson = (file: string) => JSON.parse(readFileSync(join(ROOT, file), "utf8"));

interface Component {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
  readonly licenses?: readonly ({ license: { id: string } } | { expression: string })[];
  readonly hashes?: readonly { alg: string; content: string }[];
  readonly "bom-ref": string;
}

let text: string;
let sbom: {
  bomFormat: string;
  specVersion: string;
  metadata: { component: Component };
  components: Component[];
  dependencies: { ref: string; dependsOn: string[] }[];
};

beforeAll(async () => {
  ({ stdout: text } = await promisify(execFile)("npm", ["run", "-s", "sbom"], { cwd: ROOT, timeout: 60_000 }));
  sbom = JSON.parse(text);
}, 60_000);

/** Package URLs, which write the @ of a scope as %40 (purl-spec, "How to build purl string"). */
const purlOf = (name: string, version: string): string => `pkg:npm/${name.replace(/^@/, "%40")}@${version}`;

it("is CycloneDX, about this project", () => {
  const { name, version, license } = readJson("package.json");
  expect(sbom).toMatchObject({ bomFormat: "CycloneDX", specVersion: expect.stringMatching(/^1\.\d$/) });
  expect(sbom.metadata.component).toMatchObject({ name, version, purl: `pkg:npm/${name}@${version}` });
  expect(sbom.metadata.component.licenses).toEqual([{ license: { id: license } }]);
});

it("names every production dependency by its exact version and its purl", () => {
  const purls = sbom.components.map(({ purl }) => purl);
  const { dependencies } = readJson("package.json") as { dependencies: Record<string, string> };
  expect(Object.keys(dependencies).length).toBeGreaterThan(20);
  for (const [name, version] of Object.entries(dependencies)) expect(purls).toContain(purlOf(name, version));
});

it("names all that these bring along, and what brings what", () => {
  const entries = Object.entries<{ version: string; dev?: boolean }>(readJson("package-lock.json").packages);
  const expected = entries
    .filter(([path, { dev }]) => path !== "" && !dev)
    .map(([path, { version }]) => purlOf(path.slice(path.lastIndexOf("node_modules/") + 13), version));
  expect(sbom.components.map(({ purl }) => purl).sort()).toEqual([...new Set(expected)].sort());
  const refs = new Set(sbom.components.map((component) => component["bom-ref"]));
  const reached = new Set(sbom.dependencies.flatMap(({ dependsOn }) => dependsOn));
  expect([...refs].filter((ref) => !reached.has(ref))).toEqual([]);
});

it("gives each a license and the hash that npm checks it by", () => {
  for (const { name, licenses = [], hashes = [] } of sbom.components) {
    expect(licenses, name).toHaveLength(1);
    expect(hashes, name).toEqual([{ alg: "SHA-512", content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
  }
});

it("names nothing that only development needs", () => {
  const names = new Set(sbom.components.map(({ name }) => name));
  const needed = ["vitest", "typescript", "esbuild", "aws-cdk", "aws-cdk-lib", "node", "dynalite", "fauxqs"];
  const { devDependencies } = readJson("package.json");
  expect(needed.filter((name) => !(name in devDependencies))).toEqual([]);
  expect(needed.filter((name) => names.has(name))).toEqual([]);
});

it("tells nothing of the machine that it was made on, nor of its registry", () => {
  expect(text).not.toContain("registry");
  for (const place of [ROOT.slice(0, -1), tmpdir(), homedir(), hostname()]) expect(text).not.toContain(place);
  expect(text.match(/https?:\/\/[^/"]+/g) ?? []).toEqual(["http://cyclonedx.org"]);
});
