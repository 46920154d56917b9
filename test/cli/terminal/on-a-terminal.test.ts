import { writeFile } from "node:fs/promises";
import http from "node:http";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { displayWidth } from "../../../cli/terminal/display-width.ts";
import { type Cli, cliOf } from "../../support/cli.ts";
import { listeningOn } from "../../support/listening-on.ts";
import { type SwitchableProxy, startSwitchableProxy } from "../../support/switchable-proxy.ts";
import { HAS_TERMINALS, type OnTerminal, onTerminal } from "../../support/terminal.ts";
import { startWorld, temporaryFolder, type World } from "../../support/world.ts";

const POLICY =
  "policy:\n  - type: ON_CPU\n    checkers: [{ type: PROCESS_CPU, threshold: 80, period: 10, count: 3 }]\n";
const ERASED = "\r\u001b[K";

let world: World;
let cli: Cli;
let away: SwitchableProxy;

beforeAll(async () => {
  world = await startWorld();
  cli = cliOf(world);
  away = await startSwitchableProxy(1);
  expect((await cli(["policies", "set", "checkout", "-f", "-"], POLICY)).code).toBe(0);
});
afterAll(async () => {
  await away?.close();
  await world?.stop();
});
beforeEach(({ skip }) => skip(!HAS_TERMINALS, "script of util-linux is not installed"));

function flashpoint(args: string[], env: Record<string, string> = {}, columns = 80): OnTerminal {
  const { dynamodbEndpoint, sqsEndpoint } = world.server.engines.aws;
  const engines = { AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint, AWS_ENDPOINT_URL_SQS: sqsEndpoint };
  return onTerminal(["cli/main.ts", "--local", ...args], { env: { ...engines, ...env }, columns });
}

const collectors = async (): Promise<string[]> =>
  JSON.parse((await cli(["collectors", "list", "--json"])).stdout).map(({ name }: { name: string }) => name);
const tokenStates = async (name: string): Promise<string[]> =>
  JSON.parse((await cli(["tokens", "list", "--json"])).stdout)
    .filter((token: { name: string }) => token.name === name)
    .map(({ state }: { state: string }) => state);

describe("policies delete", () => {
  it("deletes nothing but what was there when it asked", async () => {
    expect((await cli(["policies", "set", "asked", "-f", "-"], POLICY)).code).toBe(0);
    const terminal = flashpoint(["policies", "delete", "asked"]);
    await terminal.shows("Delete the policy of asked? [y/N] ");
    expect((await cli(["policies", "set", "asked", "-f", "-"], POLICY.replace("80", "90"))).code).toBe(0);
    terminal.type("y\r");
    expect(await terminal.ended()).toBe(1);
    expect(terminal.output()).toContain("the policy of asked was left as it is: it was changed meanwhile: revision 2");
    const stored = await world.services.policyStore.get("asked");
    expect(stored).toMatchObject({ state: "valid", policy: { revision: 2 } });

    const again = flashpoint(["policies", "delete", "asked"]);
    await again.shows("[y/N] ");
    again.type("y\r");
    expect(await again.ended()).toBe(0);
    expect(again.output()).toContain("asked: policy deleted, revision 3");
  });
});

describe("collectors delete", () => {
  const addHook = () => cli(["collectors", "set", "hook", "--url", "http://127.0.0.1:9/"]);

  it.each([
    ["n", 1],
    ["", 1],
    ["yess", 1],
    ["\u0004", 1],
  ])("asks, and does nothing for %j", async (answer, exitCode) => {
    await addHook();
    const terminal = flashpoint(["collectors", "delete", "hook"]);
    await terminal.shows("Delete collector hook and drop its pending deliveries? [y/N] ");
    terminal.type(answer === "\u0004" ? answer : `${answer}\r`);
    expect(await terminal.ended()).toBe(exitCode);
    expect(terminal.output()).toMatch(
      /\[y\/N\] [^\n]*\r\n[^\n]*flashpoint: nothing was done: the answer was not yes\r\n$/,
    );
    expect(await collectors()).toContain("hook");
  });

  it.each(["y", "yes", "Y"])("does it for %s", async (answer) => {
    await addHook();
    const terminal = flashpoint(["collectors", "delete", "hook"]);
    await terminal.shows("[y/N] ");
    terminal.type(`${answer}\r`);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.output()).toContain("hook: collector deleted");
    expect(await collectors()).not.toContain("hook");
  });

  it("does nothing on Ctrl-C, and says so by its exit code", async () => {
    await addHook();
    const terminal = flashpoint(["collectors", "delete", "hook"]);
    await terminal.shows("[y/N] ");
    terminal.type("\u0003");
    expect(await terminal.ended()).toBe(130);
    expect(terminal.output()).not.toContain("flashpoint:");
    expect(terminal.output().split("\n").slice(-2)).toEqual([
      expect.stringContaining("[y/N]"),
      expect.not.stringContaining("\r"),
    ]);
    expect(await collectors()).toContain("hook");
  });

  it("does not ask with --yes, nor where nobody sits at a terminal", async () => {
    await addHook();
    const terminal = flashpoint(["collectors", "delete", "hook", "--yes"]);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.output()).not.toContain("[y/N]");
    await addHook();
    expect(await cli(["collectors", "delete", "hook"])).toMatchObject({ code: 0, stderr: "" });
  });
});

it("tokens revoke asks, and leaves the token in force without a yes", async () => {
  await cli(["tokens", "create", "cluster-a"]);
  const refused = flashpoint(["tokens", "revoke", "cluster-a"]);
  await refused.shows(/Revoke token [0-9a-f]+ of cluster-a for good\? \[y\/N\] /);
  refused.type("n\r");
  expect(await refused.ended()).toBe(1);
  expect(await tokenStates("cluster-a")).toEqual(["active"]);
  const agreed = flashpoint(["tokens", "revoke", "cluster-a"]);
  await agreed.shows("[y/N] ");
  agreed.type("y\r");
  expect(await agreed.ended()).toBe(0);
  expect(await tokenStates("cluster-a")).toEqual(["revoked"]);
});

it.each([["--json"], ["-o", "yaml"]])(
  "policies apply %s shows what it asks of, and does nothing without a yes",
  async (...words) => {
    const folder = await temporaryFolder();
    const file = join(folder.path, "asked.yaml");
    await writeFile(file, POLICY);
    const terminal = flashpoint(["policies", "apply", "-f", file, ...words]);
    await terminal.shows("Apply 1 change? [y/N] ");
    const shown = stripVTControlCharacters(terminal.output());
    expect(shown).toContain("+ asked\r\n      + ON_CPU PROCESS_CPU threshold 80, period 10, count 3");
    terminal.type("n\r");
    expect(await terminal.ended()).toBe(1);
    expect((await cli(["policies", "get", "asked"])).code).toBe(1);
    await folder.remove();
  },
);

describe("a table", () => {
  it("has bold headings, and fits", async () => {
    const terminal = flashpoint(["policies", "list"], {}, 60);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.output()).toContain("\u001b[1mSERVICE\u001b[22m");
    const lines = stripVTControlCharacters(terminal.output().split(ERASED).at(-1) ?? "").split("\r\n");
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(60);
    expect(lines[1]).toMatch(/^checkout .*…/);
  });

  it.each([
    ["NO_COLOR", { NO_COLOR: "1" }],
    ["a terminal that knows no colours", { TERM: "dumb" }],
  ])("is plain with %s", async (_what, env) => {
    const terminal = flashpoint(["policies", "list"], env);
    expect(await terminal.ended()).toBe(0);
    expect(terminal.output()).toContain("SERVICE");
    expect(terminal.output().split(ERASED).at(-1)).not.toContain("\u001b");
  });
});

describe("while an engine does not answer", () => {
  const waiting = (env: Record<string, string> = {}): OnTerminal => {
    away.set("hang");
    return flashpoint(["policies", "list"], { AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${away.port}`, ...env });
  };

  it("a spinner turns, and is gone before anything is said", async () => {
    const terminal = waiting();
    await terminal.shows(/⠋ waiting for the engines on this machine.*⠙ waiting/s);
    expect(await terminal.ended()).toBe(1);
    expect(terminal.output().split(ERASED).at(-1)).toMatch(/^flashpoint: DynamoDB /);
    expect(terminal.output().split("flashpoint: DynamoDB")[1]).not.toContain("waiting");
  });

  it("Ctrl-C takes it away and ends the program", async () => {
    const terminal = waiting();
    await terminal.shows("waiting for the engines");
    terminal.type("\u0003");
    expect(await terminal.ended()).toBe(130);
    expect(terminal.output().endsWith(ERASED)).toBe(true);
  });

  it.each([
    ["CI", { CI: "true" }],
    ["a terminal that cannot erase", { TERM: "dumb" }],
  ])("there is none with %s", async (_what, env) => {
    const terminal = waiting(env);
    expect(await terminal.ended()).toBe(1);
    expect(terminal.output()).toMatch(/^flashpoint: DynamoDB /);
  });
});

describe("status --watch", () => {
  it("ends at once on Ctrl-C though the engines hang, with nothing more on the screen", async () => {
    away.set("hang");
    const hanging = `http://127.0.0.1:${away.port}`;
    const terminal = flashpoint(["status", "--watch"], {
      AWS_ENDPOINT_URL_DYNAMODB: hanging,
      AWS_ENDPOINT_URL_SQS: hanging,
    });
    await terminal.shows("waiting for the engines");
    await terminal.shows("⠙"); // it has begun to look
    terminal.type("\u0003");
    expect(await terminal.ended()).toBe(0);
    expect(stripVTControlCharacters(terminal.output())).not.toContain("dead letters");
  });

  it("ends with 0 though something did not answer", async () => {
    const terminal = flashpoint(["status", "--watch"], { AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:2" });
    await terminal.shows("dead letters");
    terminal.type("\u0003");
    expect(await terminal.ended()).toBe(0);
  });
});

it("status is as wide as usual on a terminal that does not know its width", async () => {
  const widths = await Promise.all(
    [0, 32, 100].map(async (columns) => {
      const terminal = flashpoint(["status"], { AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:2" }, columns);
      await terminal.ended();
      const text = stripVTControlCharacters(terminal.output().split(ERASED).at(-1) ?? "");
      return text.split("\r\n").find((line) => line.includes("dead letters"));
    }),
  );
  expect(widths[0]).toBe(widths[2]);
  expect(widths[0]).not.toBe(widths[1]);
});

it("a token that is being written when Ctrl-C comes is shown all the same", async () => {
  const { dynamodbEndpoint } = world.server.engines.aws;
  const between = http.createServer(async (request, response) => {
    const { method, url, headers } = request;
    if (headers["x-amz-target"] === "DynamoDB_20120810.PutItem") {
      terminal.type("\u0003");
      await terminal.shows("ends once this is done");
    }
    const onward = http.request(new URL(url ?? "/", dynamodbEndpoint), { method, headers }, (answer) => {
      answer.pipe(response.writeHead(answer.statusCode ?? 500, answer.headers));
    });
    request.pipe(onward);
  });
  const port = await listeningOn(between);
  const terminal = flashpoint(["tokens", "create", "cut-short"], {
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}`,
  });
  expect(await terminal.ended()).toBe(130);
  expect(terminal.output()).toMatch(/fp_[\w-]{40,}/);
  expect(await tokenStates("cut-short")).toEqual(["active"]);
  between.close();
});
