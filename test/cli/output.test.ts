import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Cli, cliOf } from "../support/cli.ts";
import { runProgram } from "../support/server-process.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let flashpoint: Cli;
const policy =
  "policy:\n  - type: ON_CPU\n    checkers: [{ type: PROCESS_CPU, threshold: 80, period: 10, count: 3 }]\n";

beforeAll(async () => {
  world = await startWorld();
  flashpoint = cliOf(world);
  expect((await flashpoint(["policies", "set", "checkout", "-f", "-"], policy)).code).toBe(0);
});
afterAll(() => world.stop());

describe("--output", () => {
  it("json is what --json prints", async () => {
    const { stdout } = await flashpoint(["policies", "list", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject([{ state: "valid", policy: { serviceName: "checkout" } }]);
    expect((await flashpoint(["policies", "list", "-o", "json"])).stdout).toBe(stdout);
    expect((await flashpoint(["policies", "list", "-o", "json", "--json"])).stdout).toBe(stdout);
  });

  it("yaml says the same as json, as one document", async () => {
    const json = JSON.parse((await flashpoint(["policies", "get", "checkout", "-o", "json"])).stdout);
    const { stdout, stderr } = await flashpoint(["policies", "get", "checkout", "-o", "yaml"]);
    expect(stderr).toBe("");
    expect(parse(stdout)).toEqual(json);
    expect(stdout).not.toContain("{");
  });

  it("yaml means what stands in a name that would steer a terminal, and shows it", async () => {
    const name = 'shop\u202E\u009b31m: "it\'s"';
    expect((await flashpoint(["policies", "set", name, "-f", "-"], policy)).code).toBe(0);
    const { stdout } = await flashpoint(["policies", "get", name, "-o", "yaml"]);
    expect(stdout).not.toMatch(/[\u202E\u009b]/);
    expect(parse(stdout)).toMatchObject({ serviceName: name });
    await flashpoint(["policies", "delete", name]);
  });

  it("table is what there is without it", async () => {
    const { stdout } = await flashpoint(["policies", "list"]);
    expect(stdout).toMatch(/^SERVICE {3}CHECKS/);
    expect((await flashpoint(["policies", "list", "--output", "table"])).stdout).toBe(stdout);
  });

  it.each([
    [["-o", "xml"], "Allowed choices are table, json, yaml"],
    [["-o", "yaml", "--json"], "option '--json' means --output json, and cannot be used with '--output yaml'"],
  ])("%j is wrong usage", async (options, message) => {
    const { code, stdout, stderr } = await flashpoint(["policies", "list", ...options]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(message);
  });

  it("says a failure as text on standard error all the same", async () => {
    const { code, stdout, stderr } = await flashpoint(["policies", "get", "nobody", "-o", "json"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^flashpoint: nobody has no policy; `npx flashpoint --local policies set nobody -f FILE`/);
  });
});

it.each([
  [["--local", "--stack", "flashpoint", "-o", "json", "policies", "list"]],
  [["--local", "policies", "--stack=flashpoint", "list", "--json"]],
  [["policies", "list", "--local", "--stack", "flashpoint", "-ojson"]],
])("options of the whole program go before a verb and behind it: %j", async (args) => {
  const { dynamodbEndpoint: AWS_ENDPOINT_URL_DYNAMODB } = world.server.engines.aws;
  const { code, stdout } = await runProgram(["cli/main.ts", ...args], { env: { AWS_ENDPOINT_URL_DYNAMODB } });
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toHaveLength(1);
});

it.each([
  ["a pipe is never coloured", {}, false],
  ["FORCE_COLOR colours a pipe too", { FORCE_COLOR: "1" }, true],
])("%s", async (_what, env, isColoured) => {
  const { dynamodbEndpoint: AWS_ENDPOINT_URL_DYNAMODB } = world.server.engines.aws;
  const { stdout } = await runProgram(["cli/main.ts", "--local", "policies", "list"], {
    env: { AWS_ENDPOINT_URL_DYNAMODB, ...env },
  });
  expect(stdout.includes("\u001b[1m")).toBe(isColoured);
});
