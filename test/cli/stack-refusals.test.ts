import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { whyUnusable } from "../../cli/stack/flashpoint-stack.ts";
import {
  type CloudFormationDouble,
  environmentFor,
  startCloudFormationDouble,
} from "../support/cloudformation-double.ts";
import { runProgram } from "../support/server-process.ts";
import { temporaryFolder } from "../support/world.ts";

let home: Awaited<ReturnType<typeof temporaryFolder>>;
let cloudFormation: CloudFormationDouble;

beforeAll(async () => {
  home = await temporaryFolder();
  cloudFormation = await startCloudFormationDouble();
});
beforeEach(() => {
  cloudFormation.fail(undefined);
  cloudFormation.requests.length = 0;
});
afterAll(async () => {
  await cloudFormation.close();
  await home.remove();
});

const environment = () => environmentFor(cloudFormation, home.path);
const flashpoint = (...args: string[]) => runProgram(["cli/main.ts", ...args], { env: environment() });
const list = ["policies", "list"];

describe("a stack that cannot be worked with is told, with what to do:", () => {
  it("there is none of that name", async () => {
    const { code, stdout, stderr } = await flashpoint("--stack", "nobody", ...list);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(
      "flashpoint: there is no stack named nobody in us-east-1\n" +
        "Check --stack, AWS_REGION and AWS_PROFILE. For tables that no CloudFormation stack made, as on DynamoDB Local, " +
        "set FLASHPOINT_STACK to what their names start with instead of --stack; for a server on this machine add --local.\n",
    );
  });

  it("it is not there yet, or somebody else's", async () => {
    cloudFormation.put("Bare", { status: "CREATE_IN_PROGRESS", outputs: {} });
    expect(await flashpoint("--stack", "Bare", ...list)).toEqual({
      code: 1,
      stdout: "",
      stderr:
        "flashpoint: stack Bare in us-east-1 is still being created (CREATE_IN_PROGRESS): try again once it is there\n",
    });
    cloudFormation.put("Shop", { status: "CREATE_COMPLETE", outputs: { ApiUrl: "https://shop.example.com/" } });
    const { code, stderr } = await flashpoint("--stack", "Shop", ...list);
    expect(code).toBe(1);
    expect(stderr).toContain(
      "stack Shop in us-east-1 is not Flashpoint's (CREATE_COMPLETE): it has no output Resource",
    );
  });

  it.each([
    ["REVIEW_IN_PROGRESS", "is still being created (REVIEW_IN_PROGRESS): try again once it is there"],
    ["IMPORT_IN_PROGRESS", "is still being created (IMPORT_IN_PROGRESS): try again once it is there"],
    [
      "ROLLBACK_COMPLETE",
      "could not be created (ROLLBACK_COMPLETE): its events in CloudFormation say why; deploying again",
    ],
    ["ROLLBACK_IN_PROGRESS", "could not be created (ROLLBACK_IN_PROGRESS)"],
    ["CREATE_FAILED", "could not be created (CREATE_FAILED)"],
    ["DELETE_IN_PROGRESS", "is being deleted or was to be (DELETE_IN_PROGRESS)"],
    ["UPDATE_COMPLETE", "is not Flashpoint's (UPDATE_COMPLETE): it has no output ResourcePrefix; check --stack"],
    ["UPDATE_ROLLBACK_FAILED", "is not Flashpoint's (UPDATE_ROLLBACK_FAILED)"],
  ])("it has no outputs, %s; with them it can be", (status, message) => {
    expect(whyUnusable({ status, outputs: new Map([["ApiUrl", "x"]]) })).toContain(message);
    expect(whyUnusable({ status, outputs: new Map([["ResourcePrefix", "fp"]]) })).toBeUndefined();
  });

  it.each(["my stack", "", "arn:aws:cloudformation:us-east-1:1:stack/a/b"])(
    "its name can be none, %j",
    async (name) => {
      const { code, stdout, stderr } = await flashpoint(`--stack=${name}`, ...list);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(`--stack is "${name}"; it takes the name of a CloudFormation stack`);
      expect(cloudFormation.requests).toEqual([]);
    },
  );

  it("what it says its names start with can be no such thing", async () => {
    cloudFormation.put("Odd", { status: "CREATE_COMPLETE", outputs: { ResourcePrefix: "7 up" } });
    const { code, stderr } = await flashpoint("--stack", "Odd", ...list);
    expect(code).toBe(2);
    expect(stderr).toContain('FLASHPOINT_STACK is "7 up"; it takes a letter, then');
  });
});

describe("a CloudFormation that does not say is told, with what to do:", () => {
  const HINT = "\nCheck the AWS credentials, AWS_REGION and --stack; for a server on this machine add --local.\n";
  /** @returns what it said before the hint. */
  async function failing(env = environment()): Promise<string> {
    const { code, stdout, stderr } = await runProgram(["cli/main.ts", "--stack", "Any", ...list], { env });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr.endsWith(HINT)).toBe(true);
    return stderr.slice(0, -HINT.length);
  }

  it("no region, no credentials", async () => {
    const { AWS_REGION, ...nowhere } = environment();
    expect(await failing(nowhere)).toBe(
      "flashpoint: CloudFormation cannot be asked without a region (Region is missing)",
    );
    const { AWS_ACCESS_KEY_ID, ...nobody } = environment();
    expect(await failing(nobody)).toBe(
      "flashpoint: CloudFormation cannot be asked without AWS credentials (Could not load credentials from any providers)",
    );
    expect(cloudFormation.requests).toEqual([]);
  });

  it("a permission is missing", async () => {
    const message =
      "User: arn:aws:iam::123456789012:user/ada is not authorized to perform: cloudformation:DescribeStacks";
    cloudFormation.fail({ code: "AccessDenied", message, status: 403 });
    expect(await failing()).toBe(
      "flashpoint: CloudFormation does not let you ask about stack Any in us-east-1; " +
        `it takes the permission cloudformation:DescribeStacks (${message})`,
    );
    expect(cloudFormation.requests).toHaveLength(1);
  });

  it("credentials are out of date, or it is asked too often", async () => {
    cloudFormation.fail({ code: "ExpiredToken", message: "The security token has expired", status: 403 });
    expect(await failing()).toBe("flashpoint: CloudFormation refuses (ExpiredToken) (The security token has expired)");
    cloudFormation.requests.length = 0;
    cloudFormation.fail({ code: "Throttling", message: "Rate exceeded" });
    expect(await failing()).toBe("flashpoint: CloudFormation refuses (Throttling) (Rate exceeded)");
    expect(cloudFormation.requests).toHaveLength(2); // tried again once
  });

  it("something else answers, or nobody", async () => {
    cloudFormation.fail("page");
    expect(await failing()).toBe(`flashpoint: what answers as CloudFormation says nothing of stack Any`);
    expect(await failing({ ...environment(), AWS_ENDPOINT_URL_CLOUDFORMATION: "http://127.0.0.1:1" })).toMatch(
      /^flashpoint: CloudFormation cannot be reached \(.+\)$/,
    );
  });

  it("it never answers, within seconds", { timeout: 15_000 }, async () => {
    cloudFormation.fail("hang");
    const startedAt = performance.now();
    expect(await failing()).toMatch(/^flashpoint: CloudFormation (cannot be reached|did not answer)/);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(cloudFormation.requests).toHaveLength(2);
  });
});
