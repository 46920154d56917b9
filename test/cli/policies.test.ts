import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cli, cliOf, steersTerminal } from "../support/cli.ts";
import { type HandEdits, openHandEdits, TYPED_TARGETS } from "../support/hand-edits.ts";
import { runProgram } from "../support/server-process.ts";
import { startWorld, temporaryFolder, type World } from "../support/world.ts";

/** printf '%s' '{"ON_CPU":{"PROCESS_CPU":{"count":3,"period":10,"threshold":"80","uriList":[],"uriRegex":""}}}' | sha256sum */
const UUID = "076735a38788b5dce6371eb3096e4cb6015b8dc003b006509b65d4ab56add197";
const CHECKER = { type: "PROCESS_CPU", threshold: 80, period: 10, count: 3 };
const AS_JSON = JSON.stringify({ policy: [{ type: "ON_CPU", checkers: [CHECKER] }] });
const AS_YAML = `policy:
  - type: ON_CPU
    checkers:
      - type: PROCESS_CPU
        threshold: "80" # percent
        period: 10
        count: 3
`;

let world: World;
let cli: Cli;
let hand: HandEdits;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  world = await startWorld();
  cli = cliOf(world);
  hand = openHandEdits(world);
  folder = await temporaryFolder();
});
afterAll(async () => {
  hand.close();
  await world.stop();
  await folder.remove();
});

async function fileWith(name: string, text: string): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, text);
  return path;
}

async function storedUuid(serviceName: string): Promise<string | undefined> {
  return (await hand.get("policies", { serviceName: { S: serviceName } }))?.uuid?.S;
}

describe("policies set", () => {
  it.each([
    ["a YAML file as swctl takes it", "policy.yaml", AS_YAML],
    ["a JSON file", "policy.json", AS_JSON],
  ])("stores the policy of %s and names its revision", async (_what, name, text) => {
    const file = await fileWith(name, text);
    const { code, stdout, stderr } = await cli(["policies", "set", `from ${name}`, "-f", file]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`from ${name}: policy set, revision 1`);
    expect(await storedUuid(`from ${name}`)).toBe(UUID);
  });

  it("reads standard input, and prints what it stored as JSON if asked to", async () => {
    const { code, stdout } = await cli(["--json", "policies", "set", "from stdin", "-f", "-"], AS_YAML);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ serviceName: "from stdin", uuid: UUID, revision: 1 });
    expect(await storedUuid("from stdin")).toBe(UUID);
  });

  it("--local finds engines on the ports that the settings of `npm start` name", async () => {
    const { dynamodb, sqs } = world.server.engines;
    const env = { FLASHPOINT_DYNAMODB_PORT: String(dynamodb.port), FLASHPOINT_SQS_PORT: String(sqs.port) };
    const set = ["cli/main.ts", "--local", "policies", "set", "by ports", "-f", "-"];
    expect(await runProgram(set, { env, stdin: AS_YAML })).toMatchObject({ code: 0, stderr: "" });
    expect(await storedUuid("by ports")).toBe(UUID);
  });

  it("stores the budget of a file, and takes it away when the file has none", { timeout: 60_000 }, async () => {
    const budget = async () => (await hand.get("policies", { serviceName: { S: "bounded" } }))?.budget;
    const set = await cli(
      ["--json", "policies", "set", "bounded", "-f", "-"],
      `budget: { maxActive: "5" }\n${AS_YAML}`,
    );
    expect(JSON.parse(set.stdout)).toMatchObject({ uuid: UUID, revision: 1, budget: { maxActive: 5 } });
    expect(await budget()).toEqual({ M: { maxActive: { N: "5" } } });
    const got = await cli(["policies", "get", "bounded"]);
    expect(got.stdout).toContain("budget:\n  maxActive: 5\n");
    expect(JSON.parse((await cli(["policies", "get", "bounded", "--json"])).stdout).budget).toEqual({ maxActive: 5 });
    await cli(["policies", "set", "bounded", "-f", "-"], got.stdout);
    expect(await budget()).toEqual({ M: { maxActive: { N: "5" } } });

    await cli(["policies", "set", "bounded", "-f", "-"], AS_YAML);
    expect(await budget()).toBeUndefined();
  });

  it("changes nothing if the file has a fault", async () => {
    await cli(["policies", "set", "kept", "-f", "-"], AS_YAML);
    const { code } = await cli(["policies", "set", "kept", "-f", "-"], AS_YAML.replace('"80"', "800"));
    expect(code).toBe(2);
    expect(await storedUuid("kept")).toBe(UUID);
  });

  it.each(["", "x".repeat(2_049)])("refuses a service name that cannot be stored (%#)", async (serviceName) => {
    const { code, stderr } = await cli(["policies", "set", serviceName, "-f", "-"], AS_YAML);
    expect(code).toBe(2);
    expect(stderr).toContain("service takes 1 to 2048 bytes");
  });
});

describe("policies get", () => {
  it("prints a file that sets to the same policy again, whatever stands in it", async () => {
    const uriRegex = "^/a: #\t'\"\u001b[31m\u009b31m\nü$";
    const checkers = [{ ...CHECKER, type: "HTTP_ERROR_RATE", threshold: 0.5, uriRegex }];
    const network = { type: "NETWORK", checkers: [...checkers, { ...CHECKER, uriList: ["/b", "- /a\u0085"] }] };
    await cli(["policies", "set", "original", "-f", "-"], JSON.stringify({ policy: [network] }));
    const { code, stdout } = await cli(["policies", "get", "original"]);
    expect(code).toBe(0);
    expect(stdout).toContain("# original: revision 1, ");
    expect(steersTerminal(stdout)).toBe(false);
    expect((await cli(["policies", "set", "copy", "-f", "-"], stdout)).code).toBe(0);
    expect(await storedUuid("copy")).toBe(await storedUuid("original"));
  });

  it("prints a file with --json that sets to the same policy again, without its other fields", async () => {
    await cli(["policies", "set", "as json", "-f", "-"], AS_YAML);
    const { policy, uuid } = JSON.parse((await cli(["--json", "policies", "get", "as json"])).stdout);
    expect(uuid).toBe(UUID);
    await cli(["policies", "set", "as json again", "-f", "-"], JSON.stringify({ policy }));
    expect(await storedUuid("as json again")).toBe(UUID);
  });

  it("fails with what to do for a service without a policy", async () => {
    const { code, stdout, stderr } = await cli(["policies", "get", "nobody"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toContain("nobody has no policy; `npx flashpoint --local policies set nobody -f FILE` makes one");
  });

  it("names every fault of an invalid policy", async () => {
    const check = { M: { threshold: { N: "101" }, period: { N: "0" }, count: { N: "1e40" } } };
    const targets = { M: { ON_CPU: { M: { PROCESS_CPU: check, "\u001b[31m": check } } } };
    await hand.put("policies", { serviceName: { S: "broken" }, targets });
    const { code, stderr } = await cli(["policies", "get", "broken"]);
    expect(code).toBe(1);
    for (const field of ["threshold", "period", "count"]) expect(stderr).toContain(`PROCESS_CPU.${field} is `);
    expect(stderr).toContain("targets.ON_CPU.\\u001b[31m is no monitor type");
    expect(steersTerminal(stderr)).toBe(false);
  });
});

describe("policies list", () => {
  const HOSTILE = "evil\u001b[2J\u009b\r";

  it("shows every policy with its checks in a table, and an invalid one as not served", async () => {
    await cli(["policies", "set", "in the list", "-f", "-"], AS_YAML);
    await cli(["policies", "set", "in the list, bounded", "-f", "-"], `${AS_YAML}budget: { maxActive: 25 }\n`);
    await hand.put("policies", { serviceName: { S: "in the list, broken" } });
    const updatedBy = { S: "eve\n# forged line" };
    await hand.put("policies", { serviceName: { S: HOSTILE }, targets: TYPED_TARGETS, updatedBy });
    const { code, stdout } = await cli(["policies", "list"]);
    expect(code).toBe(0);
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/^SERVICE +CHECKS +BUDGET +REVISION +UPDATED +BY$/);
    expect(lines).toContainEqual(
      expect.stringMatching(/^in the list +ON_CPU: PROCESS_CPU≥80 3\/10s +- +1 +\S+Z +\S+$/),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^in the list, bounded +ON_CPU: PROCESS_CPU≥80 3\/10s +25 +1 +\S+Z +\S+$/),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^in the list, broken +INVALID, not served; faults: 1 /));
    expect(lines).toContainEqual(expect.stringMatching(/^evil\\u001b\[2J\\u009b\\u000d .*eve\\u000a# forged line$/));
    expect(steersTerminal(stdout)).toBe(false);
  });

  it("prints the same as JSON, with the faults", async () => {
    const { stdout } = await cli(["policies", "list", "--json"]);
    const listed = JSON.parse(stdout);
    expect(listed).toContainEqual(
      expect.objectContaining({
        state: "valid",
        policy: expect.objectContaining({ serviceName: HOSTILE, uuid: UUID }),
      }),
    );
    const faults = [expect.objectContaining({ path: "targets" })];
    expect(listed).toContainEqual({ state: "invalid", serviceName: "in the list, broken", faults });
    expect(steersTerminal(stdout)).toBe(false);
  });
});

describe("policies delete", () => {
  it("deletes a policy, a broken one too, and fails for one that is not there", async () => {
    await hand.put("policies", { serviceName: { S: "to delete" } });
    expect(await cli(["policies", "delete", "to delete"])).toMatchObject({ code: 0, stderr: "" });
    expect(await hand.get("policies", { serviceName: { S: "to delete" } })).toBeUndefined();
    const { code, stderr } = await cli(["policies", "delete", "to delete"]);
    expect(code).toBe(1);
    expect(stderr).toContain("to delete has no policy");
  });
});
