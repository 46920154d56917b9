import { afterAll, beforeAll, beforeEach, describe, expect, it, test } from "vitest";
import { settingsOf } from "../../cli/stack/flashpoint-stack.ts";
import {
  type CloudFormationDouble,
  environmentFor,
  startCloudFormationDouble,
} from "../support/cloudformation-double.ts";
import { webhookTo } from "../support/collectors.ts";
import { openDeadLetters, recordedTask } from "../support/dead-letters.ts";
import { runProgram } from "../support/server-process.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";
import { temporaryFolder } from "../support/world.ts";

/** What the tables are called after, which no name of a stack tells. */
const PREFIX = "fp-7c1e";
const STACK = "Profiling-Prod";
const QUEUES_AT = "https://sqs.us-east-1.amazonaws.com/123456789012";
const OUTPUTS = {
  AgentUrl: "https://abc123.lambda-url.us-east-1.on.aws/",
  ResourcePrefix: PREFIX,
  ProfileBucket: `${PREFIX}-profiles-123456789012-us-east-1`,
  DashboardUrl: "https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards/dashboard/fp&x=1",
  AlarmTopic: "arn:aws:sns:us-east-1:123456789012:fp-7c1e-alarms",
  PoliciesTable: `${PREFIX}-policies`,
  DeliveriesQueue: `${QUEUES_AT}/${PREFIX}-deliveries`,
  DeliveriesDeadLetters: `${QUEUES_AT}/${PREFIX}-deliveries-dead`,
};

let home: Awaited<ReturnType<typeof temporaryFolder>>;
let world: StillWorld;
let cloudFormation: CloudFormationDouble;
/** Where the SDK finds everything, and nothing of Flashpoint's own. */
let env: Record<string, string>;

beforeAll(async () => {
  home = await temporaryFolder();
  world = await startStillWorld({ FLASHPOINT_STACK: PREFIX });
  cloudFormation = await startCloudFormationDouble();
  const { dynamodbEndpoint, sqsEndpoint } = world.engines.aws;
  env = {
    ...environmentFor(cloudFormation, home.path),
    AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint,
    AWS_ENDPOINT_URL_SQS: sqsEndpoint,
  };
  await world.services.collectorStore.put(webhookTo("http://127.0.0.1:9/", { name: "hook" }));
});
beforeEach(() => {
  cloudFormation.put(STACK, { status: "UPDATE_COMPLETE", outputs: OUTPUTS });
  cloudFormation.fail(undefined);
  cloudFormation.requests.length = 0;
});
afterAll(async () => {
  await cloudFormation.close();
  await world.stop();
  await home.remove();
});

const flashpoint = (args: readonly string[], settings: Record<string, string> = {}) =>
  runProgram(["cli/main.ts", ...args], { env: { ...env, ...settings } });
/** With nothing else set but where AWS is. */
const inStack = (...args: string[]) => flashpoint(["--stack", STACK, ...args]);

describe("with --stack, the outputs of a CloudFormation stack say", () => {
  it("where its tables are, whatever the environment says of another", async () => {
    const set = ["--stack", STACK, "policies", "set", "checkout", "-f", "docs/examples/policy.yaml"];
    expect(await flashpoint(set, { FLASHPOINT_STACK: "elsewhere" })).toMatchObject({ code: 0, stderr: "" });
    expect(await world.services.policyStore.get("checkout")).toMatchObject({ state: "valid" });
    expect(cloudFormation.requests).toEqual([{ stackName: STACK, region: "us-east-1" }]);
    const { code, stdout } = await inStack("policies", "list");
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("checkout") });
  });

  it("where its queues are", async () => {
    const { taskId, body } = await recordedTask(world.services);
    const dead = openDeadLetters(world.engines.aws, PREFIX, "deliveries");
    await dead.put(body(), "because");
    dead.close();
    const listed = await inStack("deliveries", "list", "--collector", "hook");
    expect({ code: listed.code, stdout: listed.stdout }).toEqual({ code: 0, stdout: expect.stringContaining(taskId) });
    const again = await inStack("deliveries", "redrive", "--collector", "hook");
    expect(again).toMatchObject({ code: 0 });
    expect(await world.take("deliveries", 1)).toEqual([body()]);
  });

  it("where its collectors may be, whatever the environment says", async () => {
    const set = ["--stack", STACK, "collectors", "set", "inside", "--url", "http://10.1.2.3/"];
    const warning =
      "flashpoint: warning: deliveries would be refused from here: blocked: 10.1.2.3 is a private address";
    const closed = await flashpoint(set, { FLASHPOINT_COLLECTOR_NETWORKS: "10.0.0.0/8" });
    expect(closed).toMatchObject({ code: 0, stderr: expect.stringContaining(warning) });
    const outputs = { ...OUTPUTS, CollectorNetworks: "10.0.0.0/8,192.168.0.0/16" };
    cloudFormation.put(STACK, { status: "UPDATE_ROLLBACK_COMPLETE", outputs });
    expect(await flashpoint(set)).toMatchObject({ code: 0, stderr: "" });
  });

  it("what every setting is that it decides, and no other setting", () => {
    const outputs = new Map(Object.entries({ ...OUTPUTS, CollectorNetworks: "10.0.0.0/8", Another: "x" }));
    const names = { FLASHPOINT_STACK: PREFIX, FLASHPOINT_PROFILE_BUCKET: `${PREFIX}-profiles-123456789012-us-east-1` };
    expect(settingsOf({ outputs })).toEqual({ ...names, FLASHPOINT_COLLECTOR_NETWORKS: "10.0.0.0/8" });
    outputs.delete("CollectorNetworks");
    expect(settingsOf({ outputs })).toStrictEqual({ ...names, FLASHPOINT_COLLECTOR_NETWORKS: undefined });
  });

  it("and commands to paste name the same stack", async () => {
    await world.services.collectorStore.put(webhookTo("http://127.0.0.1:9/", { name: "paused" }));
    const { stdout } = await inStack("collectors", "pause", "paused");
    expect(stdout).toContain(`\`npx flashpoint --stack ${STACK} collectors resume paused\``);
  });
});

describe("nobody asks CloudFormation", () => {
  it("without --stack, where FLASHPOINT_STACK says what names start with", async () => {
    const { code, stdout } = await flashpoint(["--json", "collectors", "list"], { FLASHPOINT_STACK: PREFIX });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('"hook"') });
    expect(cloudFormation.requests).toEqual([]);
  });

  it("with --local, where --stack says it", async () => {
    const { code, stdout } = await flashpoint(["--json", "--local", "--stack", PREFIX, "collectors", "list"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('"hook"') });
    expect(cloudFormation.requests).toEqual([]);
  });

  it("for a verb that needs no table", async () => {
    const validate = await inStack("policies", "validate", "-f", "docs/examples/policy.yaml");
    expect(validate).toMatchObject({ code: 0, stderr: "" });
    expect(cloudFormation.requests).toEqual([]);
  });
});

describe("stack show", () => {
  it("lists addresses, tables and queues", async () => {
    const { code, stdout, stderr } = await inStack("stack", "show");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.slice(0, stdout.indexOf("\nTABLE"))).toBe(
      [
        "stack        Profiling-Prod in us-east-1, UPDATE_COMPLETE",
        "agents       https://abc123.lambda-url.us-east-1.on.aws/ (Connect, gRPC-web)",
        "native gRPC  none: deployed without the gRPC edge",
        "collectors   public addresses",
        "dashboard    https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#dashboards/dashboard/fp&x=1",
        "alarms       arn:aws:sns:us-east-1:123456789012:fp-7c1e-alarms",
        "profiles     fp-7c1e-profiles-123456789012-us-east-1",
        "prefix       fp-7c1e",
        "",
      ].join("\n"),
    );
    expect(stdout).toMatch(/^policies +fp-7c1e-policies$/m);
    expect(stdout).toMatch(/^reports +-$/m);
    expect(stdout).toMatch(/^deliveries +https:\/\/sqs\.us-east-1\.amazonaws\.com\/123456789012\/fp-7c1e-deliveries$/m);
    expect(stdout).toMatch(/^deliveries, dead letters +https:\/\/\S+\/fp-7c1e-deliveries-dead$/m);
    expect((await inStack("stack")).stdout).toBe(stdout);
  });

  it("prints JSON, with null for what the stack does not say", async () => {
    const outputs = { ...OUTPUTS, EdgeAddress: "grpc.example.com:443", CollectorNetworks: "10.0.0.0/8, fd00::/8" };
    cloudFormation.put(STACK, { status: "UPDATE_IN_PROGRESS", outputs });
    const { code, stdout } = await inStack("--json", "stack", "show");
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      stack: STACK,
      region: "us-east-1",
      status: "UPDATE_IN_PROGRESS",
      agentUrl: OUTPUTS.AgentUrl,
      edgeAddress: "grpc.example.com:443",
      resourcePrefix: PREFIX,
      profileBucket: OUTPUTS.ProfileBucket,
      collectorNetworks: ["10.0.0.0/8", "fd00::/8"],
      dashboardUrl: OUTPUTS.DashboardUrl,
      alarmTopic: OUTPUTS.AlarmTopic,
      tables: { policies: "fp-7c1e-policies", tasks: null },
      queues: {
        deliveries: { url: OUTPUTS.DeliveriesQueue, deadLetters: OUTPUTS.DeliveriesDeadLetters },
        tasks: { url: null, deadLetters: null },
      },
    });
  });

  it.each([
    ["with --local", ["--local", "stack"], "`npm start` prints what listens where"],
    ["without --stack", ["stack", "show"], "it takes --stack NAME, the name of a CloudFormation stack"],
  ])("%s says what to do instead", async (_, args, message) => {
    const { code, stdout, stderr } = await flashpoint(args, { FLASHPOINT_STACK: STACK });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
    expect(cloudFormation.requests).toEqual([]);
  });
});

test("without --stack and with no such table, a verb names --stack and FLASHPOINT_STACK", async () => {
  const { code, stderr } = await flashpoint(["policies", "list"], { FLASHPOINT_STACK: "elsewhere" });
  expect(code).toBe(1);
  expect(stderr).toContain(
    "There is no such table: check AWS_REGION and --stack; without --stack, FLASHPOINT_STACK says what its name starts with.",
  );
});
