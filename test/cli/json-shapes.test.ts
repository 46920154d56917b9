import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createProgram } from "../../cli/program.ts";
import {
  type CloudFormationDouble,
  environmentFor,
  startCloudFormationDouble,
} from "../support/cloudformation-double.ts";
import { describes, type Leaf, leavesOf, type Row } from "../support/json-shape.ts";
import { verbs } from "../support/program-tree.ts";
import { startToldWorld, type ToldWorld } from "../support/told-world.ts";

const POLICY_FILE = "docs/examples/policy.yaml";
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx";

/**
 * How each verb is called to print all that it can print; in this order. TASK and UNKNOWN are ids of the world. A new verb
 * needs a line here, and a section in docs/cli.md.
 */
const CALLS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "policies list": [[]],
  "policies get": [["checkout"]],
  "policies validate": [["-f", POLICY_FILE]],
  "policies set": [["cart", "-f", POLICY_FILE]],
  "policies delete": [["cart"]],
  "collectors list": [[]],
  "collectors set": [
    ["new", "--url", "http://127.0.0.1:9/"],
    ["new", "--header", "x-team: a", "--mode", "binary"],
    [
      "new-flames",
      "--kind",
      "pyroscope",
      "--url",
      "http://127.0.0.1:9/",
      "--username",
      "u",
      "--password",
      "p",
      "--tenant",
      "t",
    ],
    ["new-oap", "--kind", "skywalking", "--url", "http://127.0.0.1:9/", "--authentication", "a"],
  ],
  "collectors rotate": [["new"], ["new", "--secret", SECRET]],
  "collectors test": [["hook"], ["pager"]],
  "collectors pause": [["new", "--reason", "moves"]],
  "collectors resume": [["new"]],
  "collectors delete": [["new"]],
  "tasks list": [[]],
  "tasks show": [["TASK"], ["UNKNOWN"]],
  "deliveries list": [[]],
  "deliveries redrive": [["--collector", "pager", "--dry-run"], ["--collector", "hook", "--dry-run"], ["--reports"]],
  "deliveries retry": [["TASK"]],
  "agents list": [[]],
  "agents show": [["rover-1"]],
  why: [["checkout"], ["broken"], ["nobody"]],
  "tokens create": [["new"], ["new-shop", "--service", "shop::*", "--expires", "90d"]],
  "tokens list": [[]],
  "tokens revoke": [["new"], ["new-shop"]],
  "stack show": [[]],
};
/** What prints no result. */
const SILENT = ["completion", "help"];

let world: ToldWorld;
let cloudFormation: CloudFormationDouble;
const printed = new Map<string, Leaf[]>();

beforeAll(async () => {
  [world, cloudFormation] = await Promise.all([startToldWorld(), startCloudFormationDouble()]);
  for (const [verb, calls] of Object.entries(CALLS)) {
    printed.set(verb, await run(verb, calls));
  }
}, 120_000);
afterAll(async () => {
  await cloudFormation?.close();
  await world?.stop();
});

/** In this process, which loads all that the verbs need once. */
async function run(verb: string, calls: readonly (readonly string[])[]): Promise<Leaf[]> {
  for (const [name, value] of Object.entries(environment(verb))) vi.stubEnv(name, value);
  const leaves: Leaf[] = [];
  for (const call of calls) {
    const args = call.map((word) => ({ TASK: world.taskId, UNKNOWN: world.unknownTaskId })[word] ?? word);
    const where = verb === "stack show" ? ["--stack", "Prod"] : ["--local"];
    let stdout = "";
    const heard = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
      stdout += text;
      return true;
    });
    try {
      await createProgram().parseAsync([...where, ...verb.split(" "), ...args, "-o", "json"], { from: "user" });
    } finally {
      heard.mockRestore();
      process.exitCode = undefined; // of a verb that says by it how something is
    }
    leaves.push(...leavesOf(JSON.parse(stdout)));
  }
  vi.unstubAllEnvs();
  return leaves;
}

function environment(verb: string): Record<string, string> {
  const { dynamodbEndpoint, sqsEndpoint } = world.engines.aws;
  if (verb !== "stack show")
    return {
      AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint,
      AWS_ENDPOINT_URL_SQS: sqsEndpoint,
      FLASHPOINT_HTTP_PORT: httpPort(),
    };
  cloudFormation.put("Prod", {
    status: "UPDATE_COMPLETE",
    outputs: { ResourcePrefix: "fp", AgentUrl: "https://a/", CollectorNetworks: "10.0.0.0/8" },
  });
  return environmentFor(cloudFormation, "/nonexistent");
}

const httpPort = (): string => new URL(world.httpUrl).port;

const page = await readFile(new URL("../../docs/cli.md", import.meta.url), "utf8");
/** By heading, the fields of the tables below it. */
const sections = new Map(
  page.split(/^###? /m).map((section) => {
    const [heading = "", ...lines] = section.split("\n");
    return [heading.replaceAll("`", ""), lines.flatMap(rowIn)] as const;
  }),
);

/** For instance ``| `[].state` | "valid" or "invalid" | … |``. */
function rowIn(line: string): { path: string; type: string }[] {
  const [, path, type] = /^\| `([^`]+)` \| ([^|]+) \|/.exec(line) ?? [];
  return path === undefined || type === undefined ? [] : [{ path: path === "." ? "" : path, type }];
}

/** The fields that a verb's section lists, with those of the parts that it refers to in their places. */
function rowsOf(heading: string, prefix = ""): Row[] {
  return (sections.get(heading) ?? []).flatMap(({ path, type }) => {
    const whole =
      path.startsWith("[") || prefix === "" ? `${prefix}${path}` : path === "" ? prefix : `${prefix}.${path}`;
    const parts = [...type.matchAll(/\[([^\]]+)\]\(#[^)]+\)/g)].map(([, part = ""]) => part);
    const types = ["text", "number", "boolean", "null"].filter((name) => new RegExp(`\\b${name}\\b`).test(type));
    if (type.includes('"')) types.push("text");
    return [...parts.flatMap((part) => rowsOf(part, whole)), ...(types.length > 0 ? [{ path: whole, types }] : [])];
  });
}

it("knows every verb there is", async () => {
  const names = (await verbs()).map(({ words }) => words.join(" ")).filter((name) => !SILENT.includes(name));
  expect(Object.keys(CALLS).toSorted()).toEqual(names.toSorted());
});

describe.each(Object.keys(CALLS))("%s", (verb) => {
  it("prints no field that docs/cli.md does not list", () => {
    const rows = rowsOf(verb);
    expect(rows.length, `docs/cli.md has no section "### \`${verb}\`" with a table of fields`).toBeGreaterThan(0);
    const unlisted = (printed.get(verb) ?? []).filter((leaf) => !rows.some((row) => describes(row, leaf)));
    expect([...new Set(unlisted.map(({ path, type }) => `${path}: ${type}`))]).toEqual([]);
  });

  it("prints every field that docs/cli.md lists", () => {
    const leaves = printed.get(verb) ?? [];
    const never = rowsOf(verb).filter((row) => !leaves.some((leaf) => describes({ ...row, types: [leaf.type] }, leaf)));
    expect([...new Set(never.map(({ path }) => path))]).toEqual([]);
  });
});
