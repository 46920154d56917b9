import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cli, cliOf, steersTerminal } from "../support/cli.ts";
import { type HandEdits, openHandEdits } from "../support/hand-edits.ts";
import { startWorld, type World } from "../support/world.ts";

const URL = "http://127.0.0.1:9000/hook";
const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const MASKED = "whsec_MfKQ…";
const ANY_SECRET = /whsec_[A-Za-z0-9+/]{32,}={0,2}/;

let world: World;
let cli: Cli;
let hand: HandEdits;

beforeAll(async () => {
  world = await startWorld();
  cli = cliOf(world);
  hand = openHandEdits(world);
});
afterAll(async () => {
  hand.close();
  await world.stop();
});

const set = (name: string, ...args: string[]) => cli(["collectors", "set", name, "--url", URL, ...args]);

async function storedCollector(name: string) {
  const stored = await world.services.collectorStore.get(name);
  if (!stored?.ok) throw new Error(`${name} is no valid collector: ${JSON.stringify(stored)}`);
  return stored.collector;
}

describe("collectors set", () => {
  it("makes a secret of 32 bytes and shows it once; a change keeps it and never shows it whole", async () => {
    const added = await set("made");
    expect(added).toMatchObject({ code: 0, stderr: "" });
    expect(added.stdout).toContain("made: collector added, gets tasks of *");
    const secret = ANY_SECRET.exec(added.stdout)?.[0] ?? "";
    expect(Buffer.from(secret.slice("whsec_".length), "base64")).toHaveLength(32);
    const collector = {
      name: "made",
      kind: "webhook",
      url: URL,
      enabled: true,
      services: ["*"],
      events: ["tasks"],
      secret,
    };
    expect(await storedCollector("made")).toEqual(collector);

    const changed = await cli(["collectors", "set", "made", "--url", "https://example.com/", "--service", "a*"]);
    expect(changed.stdout).toBe("made: collector changed, gets tasks of a*\n");
    const asJson = await cli(["--json", "collectors", "set", "made", "--url", "https://example.com/"]);
    expect(JSON.parse(asJson.stdout).secret).toBe(`${secret.slice(0, 10)}…`);
    expect(await storedCollector("made")).toEqual({ ...collector, url: "https://example.com/", services: ["a*"] });
  });

  it("makes another secret for each collector", async () => {
    const secrets = [];
    for (const name of ["one", "two"])
      secrets.push(JSON.parse((await cli(["--json", "collectors", "set", name, "--url", URL])).stdout).secret);
    expect(secrets).toEqual([expect.stringMatching(ANY_SECRET), expect.stringMatching(ANY_SECRET)]);
    expect(secrets[0]).not.toBe(secrets[1]);
  });

  it("takes a secret and several globs, and does not repeat the secret", async () => {
    const { code, stdout } = await set("given", "--secret", SECRET, "--service", "pay*", "--service", "!pay-test");
    expect(code).toBe(0);
    expect(stdout).toBe("given: collector added, gets tasks of pay*, !pay-test\n");
    expect(await storedCollector("given")).toMatchObject({ secret: SECRET, services: ["pay*", "!pay-test"] });
  });

  it("of a collector that was switched off by hand leaves it off", async () => {
    await world.services.collectorStore.put({
      name: "off",
      kind: "webhook",
      url: URL,
      enabled: false,
      services: ["*"],
      events: ["profiles"],
      secret: SECRET,
    });
    expect((await set("off", "--service", "a*")).code).toBe(0);
    expect(await storedCollector("off")).toMatchObject({ enabled: false, services: ["a*"], events: ["profiles"] });
  });

  it("of a collector whose address is broken keeps everything else: no service is added, no secret changed", async () => {
    const item = { secret: { S: SECRET }, services: { L: [{ S: "pay*" }] }, enabled: { BOOL: false } };
    await hand.put("collectors", { name: { S: "mended" }, url: { S: "example.com" }, ...item });
    const { code, stdout } = await set("mended");
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringMatching(/^mended: .*gets nothing.*not enabled/),
    });
    const kept = { secret: SECRET, services: ["pay*"], events: ["tasks"], enabled: false };
    expect(await storedCollector("mended")).toEqual({ name: "mended", kind: "webhook", url: URL, ...kept });
  });

  it("of a known collector without --url keeps its address, and what it does not know of the item", async () => {
    const item = { name: { S: "annotated" }, url: { S: URL }, secret: { S: SECRET }, note: { S: "by ada" } };
    await hand.put("collectors", { ...item, team: { M: { floor: { N: "3" } } } });
    const { code, stderr } = await cli(["collectors", "set", "annotated", "--service", "a*"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(await hand.get("collectors", { name: { S: "annotated" } })).toEqual({
      ...item,
      team: { M: { floor: { N: "3" } } },
      kind: { S: "webhook" },
      enabled: { BOOL: true },
      services: { L: [{ S: "a*" }] },
      events: { L: [{ S: "tasks" }] },
    });
  });

  it("of a new collector without --url is refused for its address, and stores nothing", async () => {
    const { code, stdout, stderr } = await cli(["collectors", "set", "addressless", "--service", "a*"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect([...stderr.matchAll(/^ {2}(\w+) /gm)].map(([, field]) => field)).toEqual(["url"]);
    expect(stderr).toContain("there is no collector addressless yet; a new one needs --url");
    expect(await world.services.collectorStore.get("addressless")).toBeUndefined();
  });

  it.each(["The Pager", "", "x".repeat(3_000)])("names every fault at once and stores nothing (%#)", async (name) => {
    const bad = ["--url", "ftp://example.com", "--service", "", "--event", "task", "--secret", "hunter2-hunter2"];
    const { code, stdout, stderr } = await cli(["collectors", "set", name, ...bad]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    const faults = [...stderr.matchAll(/^ {2}(\w+) /gm)].map(([, field]) => field);
    expect(faults).toEqual(["name", "url", "services", "events", "secret"]);
    expect(stderr).not.toContain("hunter2");
    expect(await world.services.collectorStore.get(name)).toBeUndefined();
  });
});

describe("collectors set --event", () => {
  it("chooses what a webhook gets, and a change of something else keeps it", async () => {
    const added = await set("both", "--secret", SECRET, "--event", "tasks", "--event", "profiles");
    expect(added.stdout).toBe("both: collector added, gets tasks and profiles of *\n");
    const changed = await cli(["collectors", "set", "both", "--service", "a*"]);
    expect(changed.stdout).toBe("both: collector changed, gets tasks and profiles of a*\n");
    expect((await set("both", "--event", "profiles")).stdout).toContain("gets profiles of a*");
    expect(await storedCollector("both")).toMatchObject({ events: ["profiles"], services: ["a*"] });
  });

  it("refuses tasks for a Pyroscope and says what to do", async () => {
    const { code, stdout, stderr } = await set("taskless", "--kind", "pyroscope", "--event", "tasks");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain('events has "tasks", but pyroscope takes only "profiles": leave out "tasks"');
    expect(await world.services.collectorStore.get("taskless")).toBeUndefined();
  });
});

describe("collectors set --kind pyroscope", () => {
  it("adds a Pyroscope that gets profiles; a change keeps its kind, and no secret is made", async () => {
    const added = await set("flames", "--kind", "pyroscope");
    expect(added).toMatchObject({ code: 0, stdout: "flames: collector added, gets profiles of *\n" });
    const changed = await cli(["collectors", "set", "flames", "--service", "a*", "--tenant", "team-a"]);
    expect(changed).toMatchObject({ code: 0, stdout: "flames: collector changed, gets profiles of a*\n" });
    expect(await hand.get("collectors", { name: { S: "flames" } })).toEqual({
      name: { S: "flames" },
      kind: { S: "pyroscope" },
      url: { S: URL },
      enabled: { BOOL: true },
      services: { L: [{ S: "a*" }] },
      events: { L: [{ S: "profiles" }] },
      tenant: { S: "team-a" },
    });
  });

  it("takes user and password and shows the password nowhere", async () => {
    const login = ["--username", "ada", "--password", "hunter2"];
    const shown = [
      await set("login", "--kind", "pyroscope", ...login),
      await cli(["--json", "collectors", "set", "login", ...login]),
      await cli(["collectors", "list"]),
      await cli(["--json", "collectors", "list"]),
    ];
    expect(await storedCollector("login")).toMatchObject({ username: "ada", password: "hunter2" });
    for (const { code, stdout, stderr } of shown) {
      expect(code).toBe(0);
      expect(stdout).toContain("login");
      expect(stdout + stderr).not.toContain("hunter2");
    }
    expect(JSON.parse(shown[1]?.stdout ?? "")).toMatchObject({ username: "ada", password: "…" });
  });

  it.each([
    ["hunter2 3", "hunter2 3"],
    ["hunter2\n", "hunter2"],
    ["hünter2\r\n", "hünter2"],
  ])("reads the password from standard input if it is given as - (%j)", async (stdin, password) => {
    const args = ["--kind", "pyroscope", "--url", URL, "--username", "ada", "--password", "-"];
    const { code, stdout, stderr } = await cli(["collectors", "set", "piped", ...args], stdin);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).not.toContain(password);
    expect(await storedCollector("piped")).toMatchObject({ username: "ada", password });
  });

  it("refuses standard input that holds nothing, or far too much, and does not repeat it", async () => {
    for (const stdin of ["", "\n", "hunter2".repeat(20_000)]) {
      const args = ["--kind", "pyroscope", "--url", URL, "--username", "ada", "--password", "-"];
      const { code, stderr } = await cli(["collectors", "set", "unfed", ...args], stdin);
      expect(code).toBe(2);
      expect(stderr).not.toContain("hunter2");
      expect(await world.services.collectorStore.get("unfed")).toBeUndefined();
    }
  });

  it.each(["--username", "--tenant"])("refuses %s - and says what is read from standard input", async (option) => {
    const args = ["--kind", "pyroscope", "--url", URL, option, "-", "--password", "-"];
    const { code, stdout, stderr } = await cli(["collectors", "set", "dashed", ...args], "hunter2");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(
      `option '${option}' takes no -: write it out; - reads standard input for --password alone`,
    );
    expect(await world.services.collectorStore.get("dashed")).toBeUndefined();
  });

  it("refuses a user without a password", async () => {
    const { code, stderr } = await set("half", "--kind", "pyroscope", "--username", "ada");
    expect(code).toBe(2);
    expect(stderr).toContain("password is missing beside username");
  });
});

describe("collectors set --secret", () => {
  it("reads the secret from standard input if it is given as -", async () => {
    const { code, stdout } = await cli(
      ["collectors", "set", "piped-hook", "--url", URL, "--secret", "-"],
      `${SECRET}\n`,
    );
    expect({ code, stdout }).toEqual({ code: 0, stdout: "piped-hook: collector added, gets tasks of *\n" });
    expect(await storedCollector("piped-hook")).toMatchObject({ secret: SECRET });
  });
});

describe("the kind of a collector", () => {
  it("stays, and who asks for another is told how to get there", async () => {
    await set("stays", "--secret", SECRET);
    const { code, stdout, stderr } = await set("stays", "--kind", "pyroscope");
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(
      "kind is webhook and stays it; to make it pyroscope, delete the collector and set it anew",
    );
    expect(await storedCollector("stays")).toMatchObject({ kind: "webhook", secret: SECRET });
    expect((await set("stays", "--kind", "webhook")).code).toBe(0);
  });

  it("that was mistyped by hand is mended", async () => {
    await hand.put("collectors", { name: { S: "mistyped" }, kind: { S: "pyroscop" }, url: { S: URL } });
    expect((await cli(["collectors", "set", "mistyped", "--kind", "pyroscope"])).code).toBe(0);
    expect(await storedCollector("mistyped")).toMatchObject({ kind: "pyroscope", url: URL, events: ["profiles"] });
  });

  it("has to be one that there is", async () => {
    const { code, stderr } = await set("pigeon", "--kind", "carrier-pigeon");
    expect(code).toBe(2);
    expect(stderr).toContain("Allowed choices are webhook, pyroscope");
  });

  it.each([
    ["webhook", "--username", "pyroscope"],
    ["webhook", "--password", "pyroscope"],
    ["webhook", "--tenant", "pyroscope"],
    ["pyroscope", "--secret", "webhook"],
  ])("%s does not go with %s, which is wrong usage and says so", async (kind, option, other) => {
    await set(`known-${kind}`, "--kind", kind);
    for (const args of [
      ["collectors", "set", "misfit", "--url", URL, "--kind", kind],
      ["collectors", "set", `known-${kind}`],
    ]) {
      const { code, stdout, stderr } = await cli([...args, option, "hunter2"]);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toContain(`option '${option}' goes with ${other}, but this collector is a ${kind}`);
      expect(stderr).not.toContain("hunter2");
    }
    expect(await world.services.collectorStore.get("misfit")).toBeUndefined();
  });
});

describe("collectors list", () => {
  it("shows every collector, masks every secret, and says of an invalid one what is wrong", async () => {
    const both = ["--event", "profiles", "--event", "tasks"];
    await set("listed", "--secret", SECRET, "--service", "a*", "--service", "b*", ...both);
    const name = "evil\u001b[2J\u009b";
    await hand.put("collectors", { name: { S: name }, url: { S: URL }, secret: { S: SECRET } });
    await hand.put("collectors", { name: { S: "no-url" }, secret: { S: SECRET } });
    const { code, stdout } = await cli(["collectors", "list"]);
    expect(code).toBe(0);
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/^NAME +KIND +URL +EVENTS +SERVICES +ENABLED$/);
    expect(lines).toContainEqual(
      expect.stringMatching(/^listed +webhook +http:\/\/127\.0\.0\.1:9000\/hook +tasks, profiles +a\*, b\* +yes$/),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^no-url +INVALID +url is missing; it takes an http or https address/),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^evil\\u001b\[2J\\u009b +INVALID +name takes lower-case/));

    const asJson = await cli(["collectors", "list", "--json"]);
    const listed = JSON.parse(asJson.stdout);
    expect(listed).toContainEqual(expect.objectContaining({ name: "listed", secret: MASKED, services: ["a*", "b*"] }));
    expect(listed).toContainEqual({ name: "no-url", faults: [expect.objectContaining({ path: "url" })] });
    for (const text of [stdout, asJson.stdout]) {
      expect(text).not.toMatch(ANY_SECRET);
      expect(steersTerminal(text)).toBe(false);
    }
  });
});

describe("collectors delete", () => {
  it("deletes a collector, an invalid one too, and fails for one that is not there", async () => {
    await hand.put("collectors", { name: { S: "Broken" } });
    expect(await cli(["collectors", "delete", "Broken"])).toMatchObject({
      code: 0,
      stdout: "Broken: collector deleted\n",
    });
    for (const name of ["Broken", ""]) {
      const { code, stderr } = await cli(["collectors", "delete", name]);
      expect(code).toBe(1);
      expect(stderr).toContain(`there is no collector named ${name}`);
    }
  });
});
