import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import type { Revision } from "../../shared/policies/history/revision.ts";
import { type Cli, cliOf } from "../support/cli.ts";
import { startCli } from "../support/cli-process.ts";
import { type HandEdits, openHandEdits, TYPED_TARGETS } from "../support/hand-edits.ts";
import { cpuPolicy, servicesIn } from "../support/policies.ts";
import { startThrottlingProxy } from "../support/throttling-proxy.ts";
import { until } from "../support/until.ts";
import { startWorld, temporaryFolder, type World } from "../support/world.ts";

let world: World;
let cli: Cli;
let hand: HandEdits;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  world = await startWorld({ FLASHPOINT_POLICY_CACHE_MS: "0" });
  cli = cliOf(world);
  hand = openHandEdits(world);
  folder = await temporaryFolder();
});
afterAll(async () => {
  hand.close();
  await world.stop();
  await folder.remove();
});

const policyOf = (threshold: number) => ({
  policy: [{ type: "ON_CPU", checkers: [{ type: "PROCESS_CPU", threshold, period: 10, count: 3 }] }],
});

/** Writes a file of these services, each with a check of PROCESS_CPU at this threshold. @returns its path. */
async function fileOf(name: string, thresholds: Readonly<Record<string, number>>): Promise<string> {
  const path = join(folder.path, name);
  const services = Object.fromEntries(Object.entries(thresholds).map(([service, at]) => [service, policyOf(at)]));
  await writeFile(path, stringify({ services }));
  return path;
}

/** The threshold of a service as it is stored. */
async function threshold(serviceName: string): Promise<string | undefined> {
  const stored = await world.services.policyStore.get(serviceName);
  if (stored === undefined) return undefined;
  return stored.state === "valid" ? stored.policy.targets.ON_CPU?.PROCESS_CPU?.threshold : stored.state;
}

const put = (serviceName: string, at: number) =>
  world.services.policyStore.put(serviceName, cpuPolicy(at), { updatedBy: "eve" });
const history = (serviceName: string): Promise<Revision[]> => world.services.policyChanges().history.list(serviceName);

async function clear(): Promise<void> {
  for (const name of (await world.services.policyChanges().table.seeAll()).keys()) {
    await world.services.policyStore.delete(name);
  }
}

describe("policies in a file", { timeout: 90_000 }, () => {
  let file: string;
  let uuidBefore: string;
  beforeAll(async () => {
    await put("cart", 80);
    await put("old", 50);
    uuidBefore = (await put("same", 60)).uuid;
    file = await fileOf("shop.yaml", { checkout: 80, payment: 70, cart: 90, same: 60 });
  });

  it("are planned, with every field that differs, and nothing is changed by that", async () => {
    const { code, stdout } = await cli(["policies", "plan", "-f", file, "--prune"]);
    expect(code).toBe(2);
    const lines = stdout.split("\n").map((line) => line.replace(/ {2}\(.*\)$/, ""));
    expect(lines).toEqual([
      "  ~ cart",
      "      ~ ON_CPU PROCESS_CPU threshold 80 → 90",
      "",
      "  + checkout",
      "      + ON_CPU PROCESS_CPU threshold 80, period 10, count 3",
      "",
      "  - old",
      "      - ON_CPU PROCESS_CPU threshold 50, period 10, count 3",
      "",
      "  + payment",
      "      + ON_CPU PROCESS_CPU threshold 70, period 10, count 3",
      "",
      "Plan: 2 to add, 1 to change, 1 to delete, 1 unchanged.",
      "",
    ]);
    expect(stdout).toMatch(/~ cart {2}\(revision 1, \S+Z by eve\)/);
    expect(await threshold("cart")).toBe("80");
    expect(await threshold("checkout")).toBeUndefined();
  });

  it("leave alone what is not in the file, and name it, unless they are to prune", async () => {
    const { code, stdout } = await cli(["policies", "plan", "-f", file]);
    expect(code).toBe(2);
    expect(stdout).toContain("Plan: 2 to add, 1 to change, 0 to delete, 1 unchanged.");
    expect(stdout).toContain("1 policy is not in the files, left alone (--prune deletes them): old");
  });

  it("are planned as JSON for programs", async () => {
    const { code, stdout } = await cli(["policies", "plan", "-f", file, "--prune", "--json"]);
    expect(code).toBe(2);
    const { changes, summary, leftAlone } = JSON.parse(stdout);
    expect(summary).toEqual({ add: 2, change: 1, delete: 1, unchanged: 1, leftAlone: 0 });
    expect(leftAlone).toEqual([]);
    expect(changes).toContainEqual({
      action: "change",
      serviceName: "cart",
      revision: 1,
      updatedAt: expect.any(String),
      updatedBy: "eve",
      editedByHand: false,
      faults: [],
      before: {
        policy: [{ type: "ON_CPU", checkers: [{ type: "PROCESS_CPU", threshold: 80, period: 10, count: 3 }] }],
      },
      after: {
        policy: [{ type: "ON_CPU", checkers: [{ type: "PROCESS_CPU", threshold: 90, period: 10, count: 3 }] }],
      },
      differences: [{ path: "ON_CPU.PROCESS_CPU.threshold", before: "80", after: "90" }],
    });
  });

  it("are applied, each as one revision, and agents hear of it", async () => {
    const agent = createClient(
      ContinuousProfilingService,
      createConnectTransport({ baseUrl: world.httpUrl, httpVersion: "1.1" }),
    );
    const heard = async (serviceName: string, uuid = "") =>
      servicesIn(await agent.queryPolicies({ policies: [{ serviceName, uuid }] }));
    expect(await heard("checkout")).toMatchObject([]);
    const { code, stdout, stderr } = await cli(["policies", "apply", "-f", file, "--prune"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const line of ["cart: changed, revision 2", "checkout: added, revision 1", "old: deleted, revision 2"])
      expect(stdout.split("\n")).toContain(line);
    expect(stdout).toContain("Applied: 2 added, 1 changed, 1 deleted.");
    expect(await Promise.all(["cart", "checkout", "payment", "same", "old"].map(threshold))).toEqual([
      ...["90", "80", "70", "60"],
      undefined,
    ]);
    await until("the agent hears of it", async () => ((await heard("checkout")).length === 1 ? true : undefined));
    await until("the agent hears that it is gone", async () => {
      const [gone] = await heard("old", uuidBefore);
      return gone?.ServiceName === "old" && Object.keys(gone.Profiling ?? {}).length === 0 ? true : undefined;
    });
    expect(await history("same")).toHaveLength(1);
  });

  it("plan as no change from then on", async () => {
    const { code, stdout } = await cli(["policies", "plan", "-f", file, "--prune"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "No changes: all 4 policies are as the files say.\n" });
  });

  it("are had back by a rollback, deleted ones too, under a number of its own", async () => {
    const { code, stdout } = await cli(["policies", "rollback", "cart", "--to", "1"]);
    expect(code).toBe(0);
    expect(stdout).toContain("~ ON_CPU PROCESS_CPU threshold 90 → 80");
    expect(stdout).toContain("cart: policy of revision 1 set again, as revision 3");
    expect(await threshold("cart")).toBe("80");
    const deletion = await cli(["policies", "rollback", "old", "--to", "2"]);
    expect(deletion.code).toBe(1);
    expect(deletion.stderr).toContain("revision 2 of old is its deletion; to have none, delete it");
    expect((await cli(["policies", "rollback", "old", "--to", "1"])).code).toBe(0);
    expect(await threshold("old")).toBe("50");
    const lines = (await cli(["policies", "history", "old"])).stdout.split("\n");
    expect(lines[0]).toMatch(/^REVISION +UPDATED +BY +WHAT$/);
    expect(lines[1]).toMatch(/^\* 3 +\S+Z +\S+ +made again: ON_CPU PROCESS_CPU ≥50 3\/10s$/);
    expect(lines[2]).toMatch(/^ {2}2 +\S+Z +\S+ +deleted$/);
    expect(lines[3]).toMatch(/^ {2}1 +\S+Z +eve +made: ON_CPU PROCESS_CPU ≥50 3\/10s$/);
  });

  it("print a revision as a file, and say which there are", async () => {
    const { stdout } = await cli(["policies", "history", "cart", "--revision", "2"]);
    expect(stdout).toMatch(/^# cart: revision 2, \S+Z by \S+\npolicy:\n/);
    expect(stdout).toContain("threshold: 90\n");
    const missing = await cli(["policies", "history", "cart", "--revision", "9"]);
    expect(missing).toMatchObject({ code: 1, stderr: "flashpoint: cart has no revision 9; there are 3, 2, 1\n" });
  });
});

describe("a saved plan", { timeout: 90_000 }, () => {
  it("leaves alone what a hand edited after it, applies the rest, and only that", async () => {
    await clear();
    for (const name of ["edited", "budgeted", "kept", "dropped"]) await put(name, 80);
    const file = await fileOf("plan.yaml", { edited: 90, budgeted: 90, kept: 90, fresh: 70 });
    const saved = join(folder.path, "today.plan");
    expect((await cli(["policies", "plan", "-f", file, "--prune", "--out", saved])).code).toBe(2);
    expect((await stat(saved)).mode & 0o777).toBe(0o600);
    // The console leaves revision and UUID as they are.
    const edit = async (serviceName: string, attributes: object) =>
      hand.put("policies", { ...(await hand.get("policies", { serviceName: { S: serviceName } })), ...attributes });
    const check = { M: { threshold: { N: "85" }, period: { N: "10" }, count: { N: "3" } } };
    await edit("edited", { targets: { M: { ON_CPU: { M: { PROCESS_CPU: check } } } } });
    await edit("budgeted", { budget: { M: { maxActive: { N: "3" } } } });
    await put("late", 60);

    const { code, stdout } = await cli(["policies", "apply", "--plan", saved]);
    expect(code).toBe(1);
    expect(stdout).toContain("Applied in part: 1 added, 1 changed, 1 deleted.");
    expect(stdout).not.toContain("--prune");
    for (const name of ["edited", "budgeted"])
      expect(stdout).toContain(`! ${name}: not applied; it was edited by hand meanwhile, over revision 1`);
    const thresholds = await Promise.all(["edited", "budgeted", "kept", "dropped", "fresh", "late"].map(threshold));
    expect(thresholds).toEqual(["85", "80", "90", undefined, "70", "60"]);

    const again = await cli(["policies", "apply", "--plan", saved, "--json"]);
    expect(again.code).toBe(1);
    const { applied, conflicts, notApplied, summary } = JSON.parse(again.stdout);
    expect({ applied, notApplied }).toEqual({ applied: [], notApplied: [] });
    expect(conflicts.map(({ serviceName }: { serviceName: string }) => serviceName)).toEqual(["budgeted", "edited"]);
    expect(summary).toMatchObject({ conflicts: 2, alreadyDone: 3 });

    expect((await cli(["policies", "apply", "-f", file, "--prune"])).code).toBe(0);
    const states = (await history("edited")).map((revision) => `${revision.revision} ${revision.updatedBy}`);
    expect(states.slice(1)).toEqual(["2 edited by hand", "1 eve"]);
  });
});

describe("an export", { timeout: 90_000 }, () => {
  it("plans as no change, as one file, a file for each service and on standard output, and writes over nothing", async () => {
    await clear();
    const names = ["plain", "shop::checkout", "Plain", "../up", ".hidden", "ü b", "x".repeat(300)];
    for (const [index, name] of names.entries()) await put(name, 10 + index);
    await hand.put("policies", {
      serviceName: { S: "typed" },
      targets: TYPED_TARGETS,
      budget: { M: { maxActive: { S: "4" } } },
    });
    const [file, many] = [join(folder.path, "all.yaml"), `${join(folder.path, "each")}/`];
    for (const to of [file, many]) {
      expect(await cli(["policies", "export", "--to", to])).toMatchObject({ code: 0, stderr: "" });
      expect(await cli(["policies", "plan", "--prune", "-f", to])).toMatchObject({ code: 0 });
      expect(await cli(["policies", "export", "--to", to])).toMatchObject({ code: 0 }); // the same again
    }
    expect((await readdir(many)).toSorted()).toHaveLength(names.length + 1);
    expect(await readdir(folder.path)).not.toContain("up");
    const { stdout } = await cli(["policies", "export"]);
    expect(stdout).toBe(await readFile(file, "utf8"));
    expect(await cli(["policies", "plan", "--prune", "-f", "-"], stdout)).toMatchObject({ code: 0 });

    await put("plain", 99);
    const refused = await cli(["policies", "export", "--to", file]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("all.yaml would be written over; --force does it");
    expect(await readFile(file, "utf8")).toBe(stdout);
    expect((await cli(["policies", "export", "--to", file, "--force"])).code).toBe(0);
    expect(await readFile(file, "utf8")).toContain("threshold: 99\n");
  });

  it("goes into no folder where another file has one of the services: nobody could plan it then", async () => {
    await clear();
    for (const name of ["cart", "search"]) await put(name, 10);
    const into = join(folder.path, "kept");
    await mkdir(into);
    const others = JSON.stringify({ services: { cart: policyOf(20) } });
    await writeFile(join(into, "shop.json"), others);
    const refused = await cli(["policies", "export", "--to", into, "--force"]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("shop.json:1 has the policy of cart already; export to another folder");
    expect(await readdir(into)).toEqual(["shop.json"]);
    expect((await cli(["policies", "export", "search", "--to", into])).code).toBe(0);
    expect(await readFile(join(into, "shop.json"), "utf8")).toBe(others);
  });

  it("names what is not valid and leaves it out, and fails for who is not there", async () => {
    await put("plain", 10);
    await hand.put("policies", { serviceName: { S: "broken" }, targets: { S: "" } });
    const { code, stdout, stderr } = await cli(["policies", "export", "broken", "plain"]);
    expect(code).toBe(1);
    expect(stdout).toContain("plain:");
    expect(stdout).not.toContain("broken");
    expect(stderr).toContain("broken is left out, not valid: targets is missing");
    const missing = await cli(["policies", "export", "nobody"]);
    expect(missing).toMatchObject({ code: 1, stdout: "", stderr: "flashpoint: no policy is stored for nobody\n" });
  });

  it("goes where its name says: a file of YAML or JSON, or a folder; --yes writes over what is there", async () => {
    await clear();
    await put("one", 80);
    await put("two", 70);
    const [json, made] = [join(folder.path, "all.json"), join(folder.path, "made/exported")];
    for (const to of [json, made]) {
      expect(await cli(["policies", "export", "--to", to])).toMatchObject({ code: 0, stderr: "" });
      expect(await cli(["policies", "plan", "--prune", "-f", to])).toMatchObject({ code: 0 });
    }
    expect(Object.keys(JSON.parse(await readFile(json, "utf8")).services)).toEqual(["one", "two"]);
    expect((await readdir(made)).toSorted()).toEqual(["one.yaml", "two.yaml"]);
    await put("two", 60);
    expect(await cli(["policies", "export", "--to", json, "--yes"])).toMatchObject({ code: 0, stderr: "" });
    expect(await cli(["policies", "plan", "--prune", "-f", json])).toMatchObject({ code: 0 });
    expect(await cli(["policies", "export", "--to", "/dev/null"])).toMatchObject({ code: 0, stderr: "" });
  });

  it("is right of names and paths with what nobody sees in them, and of names that YAML has other uses for", async () => {
    await clear();
    const hidden = ["\u200b", "\u2028", "\ufeff", "\u200f", "\u061c", "\u00ad", "\u0085"];
    const names = [
      ...hidden.map((char) => `a${char}b`),
      "<<",
      "=",
      "123",
      "null",
      "~",
      "yes",
      "*a",
      "2026-11-23",
      "__proto__",
    ];
    for (const name of names) await put(name, 80);
    const uriList = hidden.map((char) => `/a${char}b`).toSorted();
    const check = { threshold: "0.0000001", period: 60, count: 5, uriRegex: "" };
    const targets = { NETWORK: { HTTP_ERROR_RATE: { ...check, uriList } } };
    await world.services.policyStore.put("paths", targets, { updatedBy: "eve" });
    const { stdout } = await cli(["policies", "export"]);
    const planned = await cli(["policies", "plan", "--prune", "-f", "-"], stdout);
    expect(planned).toMatchObject({ code: 0 });
    const folderOf = `${join(folder.path, "hidden")}/`;
    expect(await cli(["policies", "export", "--to", folderOf])).toMatchObject({ code: 0, stderr: "" });
    expect(await cli(["policies", "plan", "--prune", "-f", folderOf])).toMatchObject({ code: 0 });
    for (const print of [
      ["get", "paths"],
      ["history", "paths", "--revision", "1"],
    ]) {
      const { stdout: file } = await cli(["policies", ...print]);
      await cli(["policies", "set", "copy", "-f", "-"], file);
      const copied = await world.services.policyStore.get("copy");
      expect(copied).toMatchObject({ policy: { targets } });
      await world.services.policyStore.delete("copy");
    }
  });
});

describe("an apply that does not come to its end", { timeout: 90_000 }, () => {
  const COUNT = 60;

  /** Applies 60 policies, and sends a signal once so many of its writes took effect. */
  async function interrupted(prefix: string, signal: NodeJS.Signals, after: number) {
    const thresholds = Object.fromEntries(
      Array.from({ length: COUNT }, (_, index) => [`${prefix}${index}`, 1 + index]),
    );
    const file = await fileOf(`${prefix}.yaml`, thresholds);
    const port = Number(new URL(world.server.engines.aws.dynamodbEndpoint).port);
    let writes = 0;
    const proxy = await startThrottlingProxy({
      ...{ port, throttled: 0, lost: 0, random: () => 1 },
      onWrite: () => void (++writes === after && running.kill(signal)),
    });
    const { sqsEndpoint: AWS_ENDPOINT_URL_SQS } = world.server.engines.aws;
    const env = { AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${proxy.port}`, AWS_ENDPOINT_URL_SQS };
    const running = startCli(["policies", "apply", "-f", file], env);
    const end = await running.ended;
    const landed = async () => {
      const stored = await world.services.policyChanges().table.seeAll();
      return Object.keys(thresholds).filter((name) => stored.has(name)).length;
    };
    return { file, end, landed, names: Object.keys(thresholds) };
  }

  async function expectEachOnce(names: readonly string[]): Promise<void> {
    for (const name of names) expect((await history(name)).map(({ revision }) => revision)).toEqual([1]);
  }

  it("killed on its way is made up for by the next, and no policy is written twice", async () => {
    const { file, end, landed, names } = await interrupted("killed ", "SIGKILL", 31);
    expect(end.code).toBeNull();
    expect(await landed()).toBeGreaterThan(5);
    expect(await landed()).toBeLessThan(COUNT);
    const { code } = await cli(["policies", "apply", "-f", file]);
    expect(code).toBe(0);
    expect(await landed()).toBe(COUNT);
    // Of those that were under way, a policy may be there without its entry: the next write of it makes up for that.
    for (const name of names) {
      expect((await world.services.policyChanges().table.see(name))?.raw.revision).toEqual({ N: "1" });
      await put(name, 99);
      expect((await history(name)).map(({ revision }) => revision)).toEqual([2, 1]);
    }
  });

  it("stopped by Ctrl-C ends what is under way, says what is left, and can be run again", async () => {
    const { file, end, landed, names } = await interrupted("stopped ", "SIGINT", 31);
    expect(end.code).toBe(1);
    const count = await landed();
    expect(count).toBeGreaterThan(5);
    expect(count).toBeLessThan(COUNT);
    expect(end.stdout).toContain(`Applied in part: ${count} added, 0 changed, 0 deleted.`);
    expect(end.stdout).toContain(`! not begun: ${COUNT - count}: stopped `);
    await expectEachOnce(names.slice(0, 3));
    expect((await cli(["policies", "apply", "-f", file])).code).toBe(0);
    await expectEachOnce(names);
  });
});

describe("what is asked for wrongly", { timeout: 60_000 }, () => {
  it.each([
    ["a plan without files", ["plan"], 1, "required option '-f, --file <file...>' not specified"],
    ["a plan of a file that is not there", ["plan", "-f", "nowhere.yaml"], 1, "nowhere.yaml is not valid"],
    ["a plan in a format that there is not", ["plan", "-f", "package.json", "-o", "xml"], 1, "'xml' is invalid"],
    ["a plan in two formats", ["plan", "-f", "package.json", "--json", "-o", "yaml"], 1, "cannot be used with"],
    ["a plan behind an option that there is not", ["--bogus", "plan", "-f", "package.json"], 1, "'--bogus'"],
    ["a plan with a word too many", ["plan", "apply", "-f", "package.json"], 1, "too many arguments"],
    ["what is called plan and is no verb", ["get", "plan", "--bogus"], 2, "'--bogus'"],
    ["an apply of nothing", ["apply"], 2, "it takes -f PATH, or --plan FILE"],
    ["an apply of both", ["apply", "-f", "a", "--plan", "b"], 2, "option '--plan <file>' cannot be used with"],
    ["an apply of what is no plan", ["apply", "--plan", "package.json"], 2, "is no plan of `policies plan --out`"],
    ["a rollback to what is no number", ["rollback", "cart", "--to", "one"], 2, "takes the number of a revision"],
    ["a rollback of nobody", ["rollback", "nobody", "--to", "1"], 1, "nobody has no policy and had none"],
    ["a history of nobody", ["history", "nobody"], 1, "nobody has no policy and had none"],
  ])("%s", async (_what, args, code, message) => {
    const end = await cli(["policies", ...args]);
    expect({ code: end.code, stdout: end.stdout }).toEqual({ code, stdout: "" });
    expect(end.stderr).toContain(message);
  });

  it.each([
    [["--bogus"]],
    [["-o", "xml"]],
    [["--bogus", "tasks.yaml"]],
    [["--stack"]],
    [["--stack", "a", "--json", "-o", "yaml"]],
  ])("a plan behind %j is an error, not changes", async (before) => {
    const end = await cli([...before, "policies", "plan", "-f", "package.json"]);
    expect({ code: end.code, stdout: end.stdout }).toEqual({ code: 1, stdout: "" });
    expect(end.stderr).not.toBe("");
  });

  it("pruning by files without any policy is refused, and deletes nothing", async () => {
    const file = await fileOf("nothing.yaml", {});
    await put("stays", 80);
    for (const [verb, code] of [
      ["plan", 1],
      ["apply", 2],
    ] as const) {
      const end = await cli(["policies", verb, "-f", file, "--prune"]);
      expect({ code: end.code, stdout: end.stdout }).toEqual({ code, stdout: "" });
      expect(end.stderr).toContain("would delete every policy: no policy is in the files");
    }
    expect(await threshold("stays")).toBe("80");
  });

  it("a plan of a file with a fault names it with its place, as an error", async () => {
    const file = await fileOf("faulty.yaml", { checkout: 180 });
    const { code, stdout, stderr } = await cli(["policies", "plan", "-f", file]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/faulty\.yaml:\d+:\d+: .*threshold is 180/);
  });
});
