import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createProgram } from "../../cli/program.ts";
import {
  type CloudFormationDouble,
  environmentFor,
  startCloudFormationDouble,
} from "../support/cloudformation-double.ts";
import { doorEnvironment } from "../support/door-environment.ts";
import { describes, type Leaf, leavesOf, type Row } from "../support/json-shape.ts";
import { startLineProcess } from "../support/line-process.ts";
import { type MeddlingProxy, refusal, startMeddlingProxy } from "../support/meddling-proxy.ts";
import { verbs } from "../support/program-tree.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";
import { startToldWorld, type ToldWorld } from "../support/told-world.ts";
import { until } from "../support/until.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx";

/**
 * How each verb is called to print all that it can print; in this order. TASK and UNKNOWN are ids of
 * the world, FOLDER is its folder, and of WHERE one says that something is away. A new verb needs a line here, and a section
 * in docs/cli.md.
 */
const CALLS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  "policies list": [[]],
  "policies get": [["checkout"]],
  "policies validate": [
    ["-f", "FOLDER/wanted.yaml"],
    ["-f", "FOLDER/faulty.yaml", "FOLDER/nowhere.yaml"],
  ],
  "policies plan": [
    ["-f", "FOLDER/wanted.yaml", "--out", "FOLDER/plan.json"],
    ["-f", "FOLDER/wanted.yaml", "--prune"],
  ],
  // These two are in the way of the plan.
  "policies set": [["cart", "-f", "FOLDER/one.yaml"]],
  "policies delete": [["gone"]],
  "policies apply": [["--plan", "FOLDER/plan.json"]],
  "policies export": [["--to", "FOLDER/exported/"], []],
  "policies history": [["shop"], ["storied"], ["shop", "--revision", "1"]],
  "policies rollback": [
    ["shop", "--to", "2"],
    ["shop", "--to", "2"],
    ["storied", "--to", "1"],
  ],
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
  "tasks watch": [["--since", "1h"]],
  why: [["checkout"], ["broken"], ["nobody"]],
  "deliveries list": [[]],
  "deliveries redrive": [["--collector", "pager", "--dry-run"], ["--collector", "hook", "--dry-run"], ["--reports"]],
  "deliveries retry": [["TASK"]],
  "agents list": [[]],
  "agents show": [["rover-1"]],
  "tokens create": [["new"], ["new-shop", "--service", "shop::*", "--expires", "90d"]],
  "tokens list": [[]],
  "tokens revoke": [["new"], ["new-shop"]],
  "stack show": [[]],
  status: [[], ["NO_DYNAMODB"], ["NO_SQS"], ["NOTHING_YET"]],
  doctor: [[]],
};
/** What prints no result, or one whose shape is not ours to say: JSON Schema. */
const SILENT = ["completion", "help", "policies schema"];
const NOWHERE = "http://127.0.0.1:9";
/** What a verb finds in its environment, by a word of CALLS. */
const WHERE: Readonly<Record<string, () => Record<string, string>>> = {
  NO_DYNAMODB: () => ({ AWS_ENDPOINT_URL_DYNAMODB: NOWHERE }),
  NO_SQS: () => ({ AWS_ENDPOINT_URL_SQS: NOWHERE }),
  NOTHING_YET: () => environmentOf(emptyWorld),
};

let world: ToldWorld;
let emptyWorld: StillWorld;
/** The world's DynamoDB, which takes no policy of a service that is called `refused`. */
let dynamodb: MeddlingProxy;
let cloudFormation: CloudFormationDouble;
const printed = new Map<string, Leaf[]>();

beforeAll(async () => {
  [world, emptyWorld, cloudFormation] = await Promise.all([
    startToldWorld(),
    startStillWorld(),
    startCloudFormationDouble(),
  ]);
  dynamodb = await startMeddlingProxy(world.engines.aws.dynamodbEndpoint);
  dynamodb.meddle({
    answer: ({ operation, body }) =>
      operation === "PutItem" && body.includes('{"S":"refused"}') ? refusal("ValidationException", "no") : undefined,
  });
  for (const [verb, calls] of Object.entries(CALLS)) {
    const leaves: Leaf[] = [];
    for (const call of calls) leaves.push(...(await run(verb, call)));
    printed.set(verb, leaves);
  }
}, 120_000);
afterAll(async () => {
  await cloudFormation?.close();
  await dynamodb?.close();
  await emptyWorld?.stop();
  await world?.stop();
});

async function run(verb: string, call: readonly string[]): Promise<Leaf[]> {
  const ids: Readonly<Record<string, string>> = { TASK: world.taskId, UNKNOWN: world.unknownTaskId };
  const words = call.filter((word) => WHERE[word] === undefined);
  const env = Object.assign(environment(verb), ...call.map((word) => WHERE[word]?.() ?? {}));
  const args = [
    ...(verb === "stack show" ? ["--stack", "Prod"] : ["--local"]),
    ...verb.split(" "),
    ...words.map((word) => ids[word] ?? word.replace("FOLDER", world.folder)),
    ...["-o", "json"],
  ];
  return verb === "tasks watch" ? runUntilStopped(args, env) : runHere(args, env);
}

/** In this process, which loads all that the verbs need once. */
async function runHere(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Leaf[]> {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  let stdout = "";
  const heard = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    stdout += text;
    return true;
  });
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true); // warnings, for instance
  try {
    await createProgram().parseAsync([...args], { from: "user" });
  } finally {
    heard.mockRestore();
    said.mockRestore();
    vi.unstubAllEnvs();
    process.exitCode = undefined; // of a verb that says by it how something is
  }
  return leavesOf(JSON.parse(stdout));
}

/** As a process of its own, until it has told of the two deliveries that have ended. */
async function runUntilStopped(args: readonly string[], env: Record<string, string>): Promise<Leaf[]> {
  const watch = startLineProcess(["cli/main.ts", ...args], env);
  try {
    await until("it has told all", () => (watch.lines().filter(isDelivery).length >= 2 ? true : undefined), 30_000);
    expect(await watch.end("SIGINT"), "ends well on Ctrl-C").toBe(0);
  } finally {
    await watch.end("SIGKILL");
  }
  return watch.lines().flatMap((line) => leavesOf(JSON.parse(line)));
}

const isDelivery = (line: string): boolean => line.includes('"event":"delivery"');

function environment(verb: string): Record<string, string> {
  if (verb !== "stack show") return { ...environmentOf(world), AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url };
  cloudFormation.put("Prod", {
    status: "UPDATE_COMPLETE",
    outputs: { ResourcePrefix: "fp", AgentUrl: "https://a/", CollectorNetworks: "10.0.0.0/8" },
  });
  return environmentFor(cloudFormation, "/nonexistent");
}

function environmentOf({ engines, ports }: StillWorld): Record<string, string> {
  return doorEnvironment({ server: { engines, ports } });
}

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
    // An empty list does not show what would stand in it.
    const leaves = (printed.get(verb) ?? []).filter(({ type }) => type !== "list" && type !== "map");
    const never = rowsOf(verb).filter((row) => !leaves.some((leaf) => describes({ ...row, types: [leaf.type] }, leaf)));
    expect([...new Set(never.map(({ path }) => path))]).toEqual([]);
  });
});
