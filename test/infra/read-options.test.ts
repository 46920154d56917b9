import { describe, expect, it } from "vitest";
import { readOptions } from "../../infra/options/read-options.ts";
import { InvalidInput } from "../../shared/errors.ts";

const CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0a1b-2c3d";

function faultsOf(given: Record<string, unknown>): { path: string; problem: string }[] {
  try {
    readOptions(given);
    return [];
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    return [...error.faults];
  }
}

describe("without any option", () => {
  it("is safe: data is kept, tokens are required, no edge, no domain", () => {
    expect(readOptions({})).toEqual({
      stackName: "flashpoint",
      prefix: "flashpoint",
      stage: "production",
      reservedConcurrency: 100,
      dispatcherConcurrency: 5,
      forwarderConcurrency: 20,
      monitoring: true,
      alarmEmail: undefined,
      logRetentionDays: 30,
      profileBucket: undefined,
      profileRetentionDays: 7,
      collectorNetworks: [],
      collectorSecrets: [],
      customDomain: undefined,
      edge: undefined,
      settings: { FLASHPOINT_STACK: "flashpoint", FLASHPOINT_REQUIRE_TOKEN: "true" },
    });
  });

  it("takes a blank option for one that is not given", () => {
    expect(readOptions({ stackName: " ", edge: "", alarmEmail: "" })).toEqual(readOptions({}));
  });
});

it("names what is in the stack after the stack, or after a prefix", () => {
  expect(readOptions({ stackName: "acme" })).toMatchObject({ stackName: "acme", prefix: "acme" });
  expect(readOptions({ stackName: "Acme", prefix: "acme-prd" })).toMatchObject({
    stackName: "Acme",
    prefix: "acme-prd",
    settings: { FLASHPOINT_STACK: "acme-prd" },
  });
});

it("takes text from the command line and numbers, booleans and lists from cdk.json alike", () => {
  const text = { edge: "true", edgeMinTasks: "3", collectorNetworks: "10.0.0.0/8, fd00::/8", requireToken: "false" };
  const json = { edge: true, edgeMinTasks: 3, collectorNetworks: ["10.0.0.0/8", "fd00::/8"], requireToken: false };
  const read = readOptions(text);
  expect(read).toMatchObject({ collectorNetworks: ["10.0.0.0/8", "fd00::/8"], edge: { minTasks: 3 } });
  const { settings, ...rest } = readOptions(json);
  expect(rest).toEqual({ ...read, settings: undefined, ...rest });
  expect(settings.FLASHPOINT_REQUIRE_TOKEN).toBeUndefined();
});

it("lets the CDK have its own context", () => {
  const cdk = {
    "@aws-cdk/core:something": true,
    "aws:cdk:bundling-stacks": [],
    "cli-telemetry": false,
    "acknowledged-issue-numbers": [1],
  };
  expect(readOptions(cdk)).toEqual(readOptions({}));
});

it("reads a domain with its certificate, and the edge's options", () => {
  const read = readOptions({
    domainName: "agents.example.com",
    certificateArn: CERTIFICATE,
    edge: "true",
    edgeCertificateArn: CERTIFICATE.replace("us-east-1", "eu-west-1"),
    edgeAllowedCidrs: "203.0.113.0/24,198.51.100.7/32",
    edgeMinTasks: 1,
    edgeMaxTasks: 1,
  });
  expect(read.customDomain).toEqual({ name: "agents.example.com", certificateArn: CERTIFICATE });
  expect(read.edge).toEqual({
    certificateArn: "arn:aws:acm:eu-west-1:123456789012:certificate/0a1b-2c3d",
    allowedCidrs: ["203.0.113.0/24", "198.51.100.7/32"],
    minTasks: 1,
    maxTasks: 1,
    zones: 2,
    cpu: 512,
    memory: 1_024,
    maxConnections: 10_000,
  });
});

it("reads how large the edge is to be", () => {
  const sizes = { edgeZones: "1", edgeCpu: "256", edgeMemory: "2048", edgeMaxConnections: "15000" };
  expect(readOptions({ edge: "true", ...sizes }).edge).toMatchObject({
    zones: 1,
    cpu: 256,
    memory: 2_048,
    maxConnections: 15_000,
  });
});

describe("names the option of every fault, all at once", () => {
  it.each<[string, unknown, RegExp]>([
    ["stackName", "1st", /is "1st"; it takes a letter/],
    ["stackName", "a".repeat(41), /40 at most/],
    ["prefix", "under_score", /is "under_score"/],
    ["stage", "staging", /is "staging"; it takes production or development/],
    ["requireToken", "yes", /is "yes"; it takes true or false/],
    ["reservedConcurrency", "0", /from 1 to 1000/],
    ["reservedConcurrency", "many", /is "many"/],
    ["dispatcherConcurrency", 1, /from 2 to 1000/],
    ["forwarderConcurrency", 1_001, /from 2 to 1000/],
    ["monitoring", "maybe", /is "maybe"; it takes true or false/],
    ["alarmEmail", "me at home", /is "me at home"; it takes an e-mail address/],
    ["logRetentionDays", 31, /is "31"; it takes one of 1, 3, 5, 7, 14, 30/],
    ["logLevel", "loud", /is "loud"; it takes one of trace/],
    ["taskRetentionDays", 0, /from 1 to 3650/],
    ["profileRetentionDays", "x", /from 1 to 3650/],
    ["profileLinkSeconds", 59, /from 60 to 604800/],
    ["profileBucket", "Capital", /small letters/],
    ["onCpuPeriodMicros", 0, /from 1 to/],
    ["retrySchedule", "5,0", /is "5,0"/],
    ["collectorNetworks", "10.0.0.1/8", /CIDR blocks/],
    ["collectorSecrets", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:*", /whole ARN of a secret/],
    ["collectorSecrets", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:team/hook", /whole ARN of a secret/],
    ["edgeMinTasks", 5, /is given without edge=true/],
    ["edgeCertificateArn", "x", /is given without edge=true/],
    ["policyCacheMs", 60_001, /from 0 to 60000/],
    ["maxServicesPerQuery", 0, /from 1 to 10000/],
    ["domainName", "agents", /is "agents"; it takes a domain name/],
    ["domainName", "agents.example.com", /^$/],
    ["certificateArn", "cert", /the ARN of an ACM certificate/],
    ["edge", "on", /is "on"; it takes false or true/],
    ["edeg", "true", /is no option; there are stackName, prefix/],
  ])("%s = %j", (name, value, problem) => {
    const faults = faultsOf({ [name]: value });
    const ofName = faults.filter(({ path }) => path === name).map(({ problem }) => problem);
    if (problem.source === "^$") expect(faults.map(({ path }) => path)).toEqual(["certificateArn"]);
    else expect(ofName.join()).toMatch(problem);
  });

  it.each<[string, unknown, RegExp]>([
    ["edgeCertificateArn", "x", /the ARN of an ACM certificate/],
    ["edgeAllowedCidrs", "10.0.0.0", /holds "10.0.0.0"; it takes IPv4 blocks/],
    ["edgeAllowedCidrs", "::/0", /holds "::\/0"/],
    ["edgeAllowedCidrs", ",", /names nobody/],
    ["edgeMinTasks", 0, /from 1 to 100/],
    ["edgeMinTasks", 11, /^$/],
    ["edgeMaxTasks", 101, /from 1 to 100/],
    ["edgeZones", 3, /from 1 to 2/],
    ["edgeCpu", 2_048, /is "2048"; it takes 256 or 512 or 1024/],
    ["edgeMemory", 512, /is "512"; with edgeCpu=512 it takes one of 1024, 2048, 3072, 4096/],
    ["edgeMemory", "much", /is "much"/],
    ["edgeMaxConnections", 60_001, /from 1 to 60000/],
    ["edgeMaxConnections", 21_001, /is 21001; edgeMemory=1024 has room for 21,000/],
  ])("of the edge: %s = %j", (name, value, problem) => {
    const faults = faultsOf({ edge: "true", [name]: value });
    const ofName = faults.filter(({ path }) => path === name).map(({ problem }) => problem);
    if (problem.source === "^$")
      expect(faults).toEqual([{ path: "edgeMaxTasks", problem: "is 10, less than edgeMinTasks" }]);
    else expect(ofName.join()).toMatch(problem);
  });

  it("of a processor that there is not, without one of the memory that goes with it", () => {
    expect(faultsOf({ edge: "true", edgeCpu: "2048", edgeMemory: "4096" }).map(({ path }) => path)).toEqual([
      "edgeCpu",
    ]);
  });

  it("of memory in another way of writing it", () => {
    const faults = faultsOf({ edge: "true", edgeMemory: "0x800" });
    expect(faults.map(({ path }) => path)).toEqual(["edgeMemory"]);
  });

  it("a certificate of another region, which CloudFront does not take", () => {
    const elsewhere = CERTIFICATE.replace("us-east-1", "eu-west-1");
    expect(faultsOf({ domainName: "a.example.com", certificateArn: elsewhere })).toEqual([
      { path: "certificateArn", problem: "is of eu-west-1; CloudFront takes those of us-east-1" },
    ]);
  });

  it("a prefix that leaves no room in the bucket's name, unless that is given", () => {
    const prefix = "a".repeat(27);
    expect(faultsOf({ prefix }).map(({ path }) => path)).toEqual(["profileBucket"]);
    expect(faultsOf({ prefix, profileBucket: "acme-profiles" })).toEqual([]);
    expect(faultsOf({ prefix: prefix.slice(1) })).toEqual([]);
  });

  it("an address for alarms where there are none", () => {
    expect(faultsOf({ alarmEmail: "sre@example.com", monitoring: "false" })).toEqual([
      { path: "alarmEmail", problem: "is given, but monitoring=false leaves the alarms out" },
    ]);
  });

  it("once, though a setting's rule finds it too", () => {
    expect(faultsOf({ requireToken: "TRUE" })).toHaveLength(1);
  });

  it("several in one error", () => {
    const faults = faultsOf({ stage: "x", logLevel: "x", edge: "true", edgeMinTasks: 0 });
    expect(faults.map(({ path }) => path).toSorted()).toEqual(["edgeMinTasks", "logLevel", "stage"]);
  });
});
