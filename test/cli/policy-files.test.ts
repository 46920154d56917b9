import { execFile } from "node:child_process";
import { cp, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { MAX_FILES } from "../../cli/policies/source-files.ts";
import { steersTerminal } from "../support/cli.ts";
import { runProgram } from "../support/server-process.ts";
import { temporaryFolder } from "../support/world.ts";

const EXAMPLES = "docs/examples/policies";
const CPU = "{ type: PROCESS_CPU, threshold: 80, period: 10, count: 3 }";
const POLICY = `policy: [{ type: ON_CPU, checkers: [${CPU}] }]\n`;

let home: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  home = await temporaryFolder();
});
afterAll(() => home.remove());

let folders = 0;
/** A folder with these files; paths in what is printed begin with it. */
async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = join(home.path, `set-${folders++}`);
  await mkdir(folder);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

const validate = (...args: string[]) => runProgram(["cli/main.ts", "policies", "validate", ...args]);

/** The services of a set that is valid, in order. */
async function servicesOf(...paths: string[]): Promise<string[]> {
  const { stdout } = await validate("--json", "-f", ...paths);
  return JSON.parse(stdout).policies.map(({ serviceName }: { serviceName: string }) => serviceName);
}

describe("policies validate", () => {
  it("takes the folder of examples, which gives no warning", async () => {
    expect(await validate("--strict", "-f", EXAMPLES)).toEqual({
      code: 0,
      stdout: `${EXAMPLES}: valid, 4 services\n`,
      stderr: "",
    });
  });

  it("reads folders below and files of three endings, by the order of names; not hidden ones, and no others", async () => {
    const folder = await folderWith({
      "b.yaml": POLICY,
      "a/z.yml": POLICY,
      "a/y.json": JSON.stringify({
        policy: [{ type: "ON_CPU", checkers: [{ type: "PROCESS_CPU", threshold: 80, period: 10, count: 3 }] }],
      }),
      "c.txt": "no policy",
      ".hidden.yaml": "no policy",
      ".git/x.yaml": "no policy",
    });
    expect(await servicesOf(folder)).toEqual(["y", "z", "b"]);
    expect(await servicesOf(join(folder, "b.yaml"), folder)).toEqual(["b", "y", "z"]);
  });

  it("follows links, and not into circles", async () => {
    const folder = await folderWith({ "a/one.yaml": POLICY });
    await symlink(folder, join(folder, "a", "circle"));
    await symlink(join(folder, "a", "one.yaml"), join(folder, "two.yaml"));
    expect(await servicesOf(folder)).toEqual(["one", "two"]);
    await symlink("nowhere", join(folder, "three.yaml"));
    const { code, stderr } = await validate("-f", folder);
    expect(code).toBe(2);
    expect(stderr).toContain(`${folder}/three.yaml: cannot be read: ENOENT`);
  });

  it("passes over a link that leads nowhere and has no ending of a policy file", async () => {
    const folder = await folderWith({ "one.yaml": POLICY });
    await symlink("nowhere", join(folder, "README"));
    await symlink("LICENSE", join(folder, "LICENSE"));
    expect(await servicesOf(folder)).toEqual(["one"]);
  });

  it("takes endings in capitals as well", async () => {
    const folder = await folderWith({
      "ONE.YAML": POLICY,
      "two.Yml": POLICY,
      "three.JSON": JSON.stringify({ extends: "t" }),
      "T.yaml": `templates: { t: { ${POLICY.trim()} } }`,
      "own.Schema.JSON": "no policy",
    });
    expect(await servicesOf(folder)).toEqual(["ONE", "three", "two"]);
  });

  it("refuses a file of a folder that is none, as a named pipe that nobody writes to, and goes on", async () => {
    const folder = await folderWith({ "one.yaml": POLICY, "two.yaml": "policy: []\n" });
    await promisify(execFile)("mkfifo", [join(folder, "pipe.yaml"), join(folder, "pipe")]);
    await symlink("pipe", join(folder, "link.yml"));
    const { code, stderr } = await validate("-f", folder);
    expect(code).toBe(2);
    const problem = "is no regular file; take it out of the folder, or name it itself";
    expect(stderr).toContain(`  ${folder}/link.yml: ${problem}\n  ${folder}/pipe.yaml: ${problem}\n`);
    expect(stderr).toContain(`${folder}/two.yaml:1:9: policy is missing`);
    expect(stderr).not.toContain(`${folder}/pipe:`);
  });

  it("reads a pipe that is named itself, as shells make them of <(…)", async () => {
    const folder = await folderWith({});
    const pipe = join(folder, "pipe");
    await promisify(execFile)("mkfifo", [pipe]);
    const [{ code, stdout }] = await Promise.all([validate("-f", pipe), writeFile(pipe, POLICY)]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${pipe}: valid\n` });
  });

  it.each([
    ["Latin-1", Buffer.from(`${POLICY}# caf\xe9\n`, "latin1"), "is no UTF-8 from line 2 on; save it as UTF-8"],
    ["UTF-16", Buffer.from(`\ufeff${POLICY}`, "utf16le"), "is no UTF-8 from line 1 on; save it as UTF-8"],
    ["UTF-16 without a mark", Buffer.from(POLICY, "utf16le"), "is no UTF-8 from line 1 on; save it as UTF-8"],
  ])("refuses a file in %s, and alters nothing", async (_what, bytes, problem) => {
    const folder = await folderWith({ "b.yaml": "policy: []\n" });
    await writeFile(join(folder, "a.yaml"), bytes);
    const { code, stderr } = await validate("-f", folder);
    expect(code).toBe(2);
    expect(stderr).toContain(`  ${folder}/a.yaml: ${problem}\n`);
    expect(stderr).toContain(`${folder}/b.yaml:1:9: policy is missing`);
  });

  it("takes UTF-8 with a byte order mark, and replacement characters that stand there", async () => {
    const folder = await folderWith({ "a.yaml": `\ufeffservice: caf\u00e9\ufffd\n${POLICY}` });
    expect(await servicesOf(folder)).toEqual(["caf\u00e9\ufffd"]);
  });

  it("says of a folder without files that it has none", async () => {
    const folder = await folderWith({ "below/readme.md": "none" });
    const { code, stderr } = await validate("-f", folder);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `flashpoint: ${folder} is not valid:\n  holds no file that ends in .yaml, .yml, .json\n`,
    });
  });

  it("tells all faults of all files, then the warnings, in lines that lead there", async () => {
    const folder = await folderWith({
      "a.yaml": "policy: [\n",
      "b.yaml": "extends: jmv\n",
      "c.yaml": `templates:\n  jvm:\n    ${POLICY.replace("count: 3", "count: 1")}services:\n  x: { extends: jvm }\n`,
    });
    const broken = join(home.path, "missing.yaml");
    const { code, stdout, stderr } = await validate("-f", folder, broken);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.split("\n")).toEqual([
      "flashpoint: the set of policies is not valid:",
      expect.stringContaining(`  ${broken}: cannot be read: ENOENT`),
      expect.stringMatching(/^ {2}\S+\/a\.yaml:2:1: \S/),
      "1 warning:",
      expect.stringMatching(
        /^ {2}\S+\/c\.yaml:3:96: templates\.jvm\.policy\[0\]\.checkers\[0\]\.count is 1: .* \[single-sample\]$/,
      ),
      "",
    ]);
    await writeFile(join(folder, "a.yaml"), POLICY);
    expect((await validate("-f", folder)).stderr).toContain(
      `${folder}/b.yaml:1:10: extends there is no template jmv; there are jvm`,
    );
  });

  it("goes on with warnings, and with --strict does not", async () => {
    const folder = await folderWith({ "a.yaml": POLICY.replace("80", "1") });
    const file = join(folder, "a.yaml");
    const lax = await validate("-f", file);
    expect(lax).toMatchObject({ code: 0, stdout: `${file}: valid\n` });
    expect(lax.stderr).toMatch(/^1 warning:\n {2}.*a\.yaml:1:69: .* \[fires-always\]\n$/);
    const strict = await validate("--strict", "-f", file);
    expect(strict).toMatchObject({ code: 2, stdout: "" });
    expect(strict.stderr).toBe(`${lax.stderr}flashpoint: ${file} has warnings, and --strict allows none\n`);
  });

  it("prints all of it as JSON, with nothing on standard error", async () => {
    const folder = await folderWith({
      "a.yaml": POLICY.replace("80", "1"),
      "b.yaml": `budget: { maxActive: 2 }\n${POLICY}`,
    });
    const { code, stdout, stderr } = await validate("--json", "-f", folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const warning = {
      rule: "fires-always",
      file: `${folder}/a.yaml`,
      line: 1,
      column: 69,
      path: "policy[0].checkers[0].threshold",
    };
    const targets = { ON_CPU: { PROCESS_CPU: { threshold: "80", period: 10, count: 3, uriList: [], uriRegex: "" } } };
    expect(JSON.parse(stdout)).toEqual({
      valid: true,
      policies: [
        expect.objectContaining({ serviceName: "a", budget: null }),
        // As in policies.test.ts, by sha256sum.
        {
          serviceName: "b",
          uuid: "076735a38788b5dce6371eb3096e4cb6015b8dc003b006509b65d4ab56add197",
          file: `${folder}/b.yaml`,
          line: 1,
          column: 1,
          budget: { maxActive: 2 },
          targets,
        },
      ],
      faults: [],
      warnings: [{ ...warning, problem: expect.stringContaining("is 1, so it fires for most processes") }],
    });

    await writeFile(join(folder, "b.yaml"), "policy: []\n");
    const faulty = await validate("--json", "-f", folder, join(folder, "none"));
    expect(faulty).toMatchObject({ code: 2, stderr: "" });
    expect(JSON.parse(faulty.stdout)).toMatchObject({
      valid: false,
      policies: [],
      faults: [
        { file: `${folder}/none`, line: null, column: null, path: "" },
        { file: `${folder}/b.yaml`, line: 1, column: 9, path: "policy" },
      ],
      warnings: [{ rule: "fires-always" }],
    });
  });

  it("shows names and paths that could steer a terminal, and obeys none", async () => {
    const folder = await folderWith({ "a.yaml": `services:\n  "\\e[2J\\r": { policy: 5, "\\e]0;x": 1 }\n` });
    const { code, stderr } = await validate("-f", folder);
    expect(code).toBe(2);
    expect(stderr).toContain('services["\\u001b[2J\\r"]');
    expect(steersTerminal(stderr)).toBe(false);
  });

  it(`refuses more than ${MAX_FILES} files`, async () => {
    const folder = await folderWith({});
    await Promise.all(
      Array.from({ length: MAX_FILES + 1 }, (_, index) => writeFile(join(folder, `${index}.yaml`), "")),
    );
    const { code, stderr } = await validate("-f", folder);
    expect(code).toBe(2);
    expect(stderr).toContain("there are over 10000 files");
  });

  it("refuses files that are over 32 MiB together, and reads no more than that", async () => {
    const folder = await folderWith({});
    const large = `${POLICY}#`.padEnd(7 * 1_024 * 1_024, "x");
    for (const name of ["a", "b", "c", "d", "e"]) await writeFile(join(folder, `${name}.yaml`), large);
    const { code, stderr } = await validate("-f", folder);
    expect(code).toBe(2);
    expect(stderr).toContain(`${folder}/e.yaml: is too much: all files together are over 33554432 bytes`);
    expect(stderr).not.toContain("d.yaml");
  });
});

describe("policies set", () => {
  const set = (args: string[], stdin: string) =>
    // Nobody listens there: what reaches the engine says that it is away, and has been read before.
    runProgram(["cli/main.ts", "--local", "policies", "set", ...args, "-f", "-"], {
      stdin,
      env: { AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:1" },
    });
  const many = `services:\n  checkout:\n    ${POLICY}  cart:\n    ${POLICY}`;

  it.each([
    [
      "the policy of another service",
      ["cart"],
      `service: checkout\n${POLICY}`,
      "standard input:1:1: is of checkout, not of cart",
    ],
    ["the policies of several", ["cart"], many, "standard input:4:3: services.cart is the second of 2 services"],
    ["templates alone", ["cart"], `templates:\n  a:\n    ${POLICY}`, "services is missing; there are templates alone"],
  ])("refuses a file with %s", async (_what, args, text, message) => {
    const { code, stderr } = await set(args, text);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it("refuses a file that is no UTF-8", async () => {
    const file = join(await folderWith({}), "latin.yaml");
    await writeFile(file, Buffer.from(`${POLICY}# caf\xe9\n`, "latin1"));
    const { code, stderr } = await runProgram(["cli/main.ts", "--local", "policies", "set", "cart", "-f", file]);
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: `flashpoint: ${file} is not valid:\n  is no UTF-8 from line 2 on; save it as UTF-8\n`,
    });
  });

  it("takes a file of many that holds the policy of that service alone, and tells its warnings", async () => {
    const text = `templates:\n  jvm:\n    ${POLICY.replace("count: 3", "count: 1")}services:\n  cart: { extends: jvm }\n`;
    const { code, stderr } = await set(["cart"], text);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^1 warning:\n {2}standard input:3:96: .* \[single-sample\]\nflashpoint: DynamoDB/);
  });
});

describe("policies schema", () => {
  it("prints the schema that the docs have, for a file beside one's own", async () => {
    const { code, stdout, stderr } = await runProgram(["cli/main.ts", "policies", "schema"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toEqual(JSON.parse(await readFile("docs/policy-file.schema.json", "utf8")));
    expect((await runProgram(["cli/main.ts", "--json", "policies", "schema"])).stdout).toBe(stdout);
  });

  it("is passed over where it lies in the folder of the files that it is for", async () => {
    const folder = await folderWith({});
    await cp(EXAMPLES, folder, { recursive: true });
    await cp("docs/policy-file.schema.json", join(folder, "policy-file.schema.json"));
    expect(await validate("-f", folder)).toMatchObject({ code: 0, stderr: "" });
  });
});
