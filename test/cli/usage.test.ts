import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import { runProgram } from "../support/server-process.ts";
import { type SwitchableProxy, startSwitchableProxy } from "../support/switchable-proxy.ts";
import { temporaryFolder } from "../support/world.ts";

/** Nothing is there to talk to, and no settings of the machine's user are seen. */
let home: Awaited<ReturnType<typeof temporaryFolder>>;
let engine: SwitchableProxy;

beforeAll(async () => {
  home = await temporaryFolder();
  engine = await startSwitchableProxy(1);
});
afterAll(async () => {
  await engine.close();
  await home.remove();
});

const flashpoint = (args: string[], env: Record<string, string> = {}) =>
  runProgram(["cli/main.ts", ...args], { env: { HOME: home.path, AWS_EC2_METADATA_DISABLED: "true", ...env } });

const VERBS = [
  ["policies", "plan"],
  ["policies", "apply"],
  ["policies", "export"],
  ["policies", "history"],
  ["policies", "rollback"],
  ["policies", "set"],
  ["policies", "get"],
  ["policies", "list"],
  ["policies", "delete"],
  ["policies", "validate"],
  ["policies", "schema"],
  ["collectors", "set"],
  ["collectors", "list"],
  ["collectors", "test"],
  ["collectors", "pause"],
  ["collectors", "resume"],
  ["collectors", "delete"],
  ["tasks", "list"],
  ["tasks", "show"],
  ["tasks", "watch"],
  ["deliveries", "list"],
  ["deliveries", "retry"],
  ["deliveries", "redrive"],
  ["agents", "list"],
  ["agents", "show"],
  ["tokens", "create"],
  ["tokens", "list"],
  ["tokens", "revoke"],
  ["stack", "show"],
];

describe("--help", () => {
  it.each([...VERBS, ["status"], ["doctor"]])("explains %s %s without any engine", async (...verb) => {
    const { code, stdout, stderr } = await flashpoint([...verb, "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`Usage: flashpoint ${verb.join(" ")} `);
  });

  it.each(["why", "agents show"])("says where the values of %s are from", async (verb) => {
    const stdout = (await flashpoint([...verb.split(" "), "--help"])).stdout.replaceAll(/\s+/g, " ");
    expect(stdout).toContain("PROFILABLE: what the agent says of the process, support_ebpf_profiling; - means it did");
    expect(stdout).toContain("with --local: port FLASHPOINT_HTTP_PORT of this machine, else 12800");
  });

  it("names every verb", async () => {
    for (const topic of new Set(VERBS.map(([topic = ""]) => topic))) {
      const { code, stdout } = await flashpoint([topic, "--help"]);
      expect(code).toBe(0);
      for (const [, verb] of VERBS.filter(([of]) => of === topic))
        expect(stdout).toMatch(new RegExp(`^ {2}${verb} `, "m"));
    }
    const { code, stdout } = await flashpoint(["--help"]);
    expect(code).toBe(0);
    for (const text of ["policies", "collectors", "tasks", "--local", "Exit codes: 0 done, 1 failed, 2 wrong"]) {
      expect(stdout).toContain(text);
    }
  });
});

test.each([
  ["an unknown flag", ["policies", "list", "--colour"], "unknown option '--colour'"],
  ["an unknown topic", ["policy", "list"], "unknown command 'policy'"],
  ["an unknown verb", ["policies", "lst"], "unknown command 'lst'"],
  ["a missing argument", ["policies", "get"], "missing required argument 'service'"],
  ["a missing file", ["policies", "set", "checkout"], "required option '-f, --file <file>' not specified"],
  ["one argument too many", ["tasks", "show", "a", "b"], "too many arguments"],
])("%s is wrong usage, with a pointer to --help", async (_what, args, message) => {
  const { code, stdout, stderr } = await flashpoint(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain(message);
  expect(stderr).toContain("Add --help");
});

test.each([[[]], [["policies"]]])("no verb is wrong usage, answered with the help (%j)", async (args) => {
  const { code, stdout, stderr } = await flashpoint(args);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("Usage: flashpoint");
});

test.each(
  [
    "http://user:s3cret@127.0.0.1:1",
    "http://s3cret@127.0.0.1:1/",
    "user:s3cret@127.0.0.1",
    "http://user:s3/cret@h:x",
  ].flatMap((server) => [
    ["status", "--server", server],
    ["status", "--json", `--server=${server}`],
    ["why", "checkout", "--server", server],
  ]),
)("a password in a server's address is refused and not repeated: %s %s %s", async (...args) => {
  const { code, stdout, stderr } = await flashpoint(["--local", ...args]);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toContain("--server is not valid:\n  it takes an http or https address without a user's name");
  expect(stderr).not.toMatch(/s3|cret/);
});

test("a stack's name that cannot be one is wrong usage", async () => {
  const { code, stderr } = await flashpoint(["--local", "--stack", "my stack", "policies", "list"]);
  expect(code).toBe(2);
  expect(stderr).toContain('FLASHPOINT_STACK is "my stack"; it takes a letter, then');
});

test("a reader who has seen enough, as head does, is no error", async () => {
  const pipe = '"$0" cli/main.ts policies validate --json -f docs/examples/policy.yaml | true';
  expect(await promisify(execFile)("sh", ["-c", pipe, process.execPath])).toEqual({ stdout: "", stderr: "" });
});

describe("with its engine away", () => {
  it.each(["refuse", "hang"] as const)("(%s) a verb fails in time and asks whether it is running", async (mode) => {
    engine.set(mode);
    const env = { AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${engine.port}` };
    const startedAt = performance.now();
    const { code, stdout, stderr } = await flashpoint(["--local", "policies", "list"], env);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^flashpoint: DynamoDB (cannot be reached|did not answer)/);
    expect(stderr).toContain(
      "Is `npm start` running? On other ports than its default, set FLASHPOINT_DYNAMODB_PORT, FLASHPOINT_SQS_PORT and " +
        "FLASHPOINT_HTTP_PORT.",
    );
  });

  it("policies validate works all the same", async () => {
    const { code } = await flashpoint(["policies", "validate", "-f", "docs/examples/policy.yaml"]);
    expect(code).toBe(0);
  });
});

describe("without --local", () => {
  it("a missing region is named, with what to check", async () => {
    const { code, stderr } = await flashpoint(["policies", "list"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^flashpoint: .*region.*\n/i);
    expect(stderr).toContain(
      "Check the AWS credentials, AWS_REGION and --stack; for a server on this machine add --local.",
    );
  });

  it("missing credentials are named, with what to check", async () => {
    engine.set("hang");
    const env = { AWS_REGION: "us-east-1", AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${engine.port}` };
    const { code, stderr } = await flashpoint(["policies", "list"], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^flashpoint: .*credentials.*\n/i);
    expect(stderr).toContain("AWS_REGION");
  });
});
