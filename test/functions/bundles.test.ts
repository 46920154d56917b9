import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, rm, symlink } from "node:fs/promises";
import { isBuiltin } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Bundle, bundle, bundleFunction, type FunctionName, MAX_BYTES } from "../../infra/bundle.ts";
import { decodeStack, readSourceMaps } from "../../infra/decode-stack.ts";
import { temporaryFolder } from "../support/world.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const NAMES = Object.keys(MAX_BYTES) as FunctionName[];

const run = promisify(execFile);
/** Prints the stack trace of a bundle that fails to load. */
const FAULTY_START = "import(process.argv[1]).catch((error) => console.log(error.stack))";
/** Prints what of Node itself is loaded once a bundle is. */
const LOADED = "import(process.argv[1]).then(() => console.log(process.moduleLoadList.join()))";
/** index.mjs, and parts named after what they hold and how. */
const NAME_OF_PART = /^[a-z0-9-]+-[A-Z0-9]{8}\.mjs$/;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

it("there is a bundle for every function", async () => {
  const entries = await readdir(join(ROOT, "functions"), { withFileTypes: true });
  const folders = entries
    .filter((entry) => entry.isDirectory() && entry.name !== "replacements")
    .map(({ name }) => name);
  expect(folders.sort()).toEqual([...NAMES].sort());
});

describe.each(NAMES)("the package of %s", (name) => {
  let made: Bundle;
  let outputDir: string;
  const files = async () => (await readdir(outputDir)).sort();
  const texts = async () => Promise.all((await files()).map((file) => readFile(join(outputDir, file), "utf8")));

  beforeAll(() => {
    outputDir = join(folder.path, name);
    made = bundleFunction(name, outputDir);
  });

  it("holds index.mjs and parts of it that are asked for, as large as it says and no larger than it may be", async () => {
    const [first, ...parts] = (await files()).toSorted((a) => (a === "index.mjs" ? -1 : 0));
    expect(first).toBe("index.mjs");
    const all = (await texts()).join();
    expect(parts.filter((part) => !NAME_OF_PART.test(part) || !all.includes(`"./${part}"`))).toEqual([]);
    const bytes = (await texts()).reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    expect(bytes).toBe(made.bytes);
    expect(bytes).toBeLessThanOrEqual(MAX_BYTES[name]);
  });

  it("loads of Node neither what browsers have nor HTTP/2 as it starts", async () => {
    const args = ["--input-type=module", "-e", LOADED, join(outputDir, "index.mjs")];
    const { stdout } = await run(process.execPath, args, { env: { AWS_REGION: "eu-central-1" } });
    expect(stdout).toContain("NativeModule https"); // or nothing would have been seen
    expect(stdout).not.toMatch(/undici|NativeModule http2/);
  });

  it("imports none of Node's own modules, which would have all made that they export", async () => {
    const text = (await texts()).join();
    expect(text).toContain('getBuiltinModule("node:https")'); // or none would be asked for
    const imported = text.matchAll(/\b(?:from|import) ?"([^"./][^"]*)"/g);
    expect([...imported].map(([, name = ""]) => name).filter(isBuiltin)).toEqual([]);
  });

  it("holds no server and no engine", () => {
    const inputs = [...made.inputs.keys()];
    expect(inputs).toContain(`functions/${name}/handler.ts`);
    const unwanted =
      /node_modules\/(fastify|@grpc|dynalite|fauxqs|prom-client|commander|yaml)\/|^(server|cli|infra|test)\//;
    expect(inputs.filter((input) => unwanted.test(input))).toEqual([]);
  });

  it("names no source map and nothing of the machine that it was made on", async () => {
    const text = (await texts()).join();
    expect(["sourceMappingURL", ROOT.slice(0, -1), folder.path].filter((found) => text.includes(found))).toEqual([]);
  });

  it("describes messages without the description of descriptions", () => {
    const inputs = [...made.inputs.keys()];
    expect(inputs).toContain("functions/replacements/read-descriptor.ts");
    expect(inputs.filter((input) => input.endsWith("/descriptor_pb.js"))).toEqual([]);
  });

  it("has source maps beside it, by which a place in it becomes one in the project", async () => {
    const folderOfMaps = join(folder.path, "source-maps", name);
    expect((await readdir(folderOfMaps)).sort()).toEqual((await files()).map((file) => `${file}.map`));
    for (const map of await readdir(folderOfMaps)) {
      expect(await readFile(join(folderOfMaps, map), "utf8")).not.toContain(ROOT);
    }
    const { stdout, stderr } = await run(process.execPath, ["-e", FAULTY_START, join(outputDir, "index.mjs")], {
      env: { FLASHPOINT_STACK: "not a name" },
    });
    expect(stderr).toBe("");
    expect(stdout).toMatch(/index\.mjs:\d+:\d+/);
    const decoded = decodeStack(stdout, readSourceMaps(folderOfMaps));
    const handler = (await readFile(join(ROOT, "functions", name, "handler.ts"), "utf8")).split("\n");
    const line = handler.findIndex((text) => text.includes("loadConfig(process.env)")) + 1;
    expect(decoded).toContain(`functions/${name}/handler.ts:${line}:`);
    expect(decoded).toMatch(/\bshared\/config\.ts:\d+:\d+/);
  });

  it("has the same bytes when the project lies elsewhere", async () => {
    const elsewhere = join(folder.path, `elsewhere-${name}`, "deeper");
    await mkdir(elsewhere, { recursive: true });
    for (const part of ["functions", "shared", "package.json", "tsconfig.json"]) {
      await cp(join(ROOT, part), join(elsewhere, part), { recursive: true });
    }
    await symlink(join(ROOT, "node_modules"), join(elsewhere, "node_modules"));
    const there = new Map(bundle(`functions/${name}/handler.ts`, { root: elsewhere }).code);
    expect([...there.keys()].sort()).toEqual(await files());
    const here = await texts();
    expect((await files()).filter((file, index) => there.get(file) !== here[index])).toEqual([]);
    await rm(elsewhere, { recursive: true });
  });
});

it("the package for agents has 600 kB at most, everything in it", () => {
  expect(MAX_BYTES["agent-api"]).toBeLessThanOrEqual(600_000);
});

it("a package that has grown past its limit is not made, and what is large in it is named", () => {
  const outputDir = join(folder.path, "too-large");
  expect(() => bundleFunction("agent-api", outputDir, 100_000)).toThrow(
    /agent-api has \d+ bytes, \d+ more than it may.*\n +\d+ {2}@(smithy\/core|bufbuild\/protobuf)\n[\s\S]*infra\/bundle\.ts/,
  );
  return expect(readdir(outputDir)).rejects.toThrow("ENOENT");
});
