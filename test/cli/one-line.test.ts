import { afterAll, beforeAll, expect, it } from "vitest";
import { cliOf } from "../support/cli.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";

const CHECKER = { type: "PROCESS_CPU", threshold: 80, period: 10, count: 3 };
const POLICY = JSON.stringify({ policy: [{ type: "ON_CPU", checkers: [CHECKER] }] });
const NAME = "new\n✓ line";

let world: StillWorld;
beforeAll(async () => {
  world = await startStillWorld();
});
afterAll(() => world.stop());

it("a name with a line end in it makes no line of its own of what a policy's verb says", async () => {
  const cli = cliOf({ server: world });
  const said = async (args: string[], stdin = ""): Promise<string> => {
    const { code, stdout, stderr } = await cli(args, stdin);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout;
  };
  const set = await said(["policies", "set", NAME, "-f", "-"], POLICY);
  const back = await said(["policies", "rollback", NAME, "--to", "1", "--yes"]);
  const deleted = await said(["policies", "delete", NAME, "--yes"]);
  for (const text of [set, back, deleted]) expect(text).toMatch(/^new\\u000a✓ line: .*\n$/);
}, 60_000);
