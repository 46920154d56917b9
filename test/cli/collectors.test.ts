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
    const collector = { name: "made", kind: "webhook", url: URL, enabled: true, services: ["*"], secret };
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
      secret: SECRET,
    });
    expect((await set("off", "--service", "a*")).code).toBe(0);
    expect(await storedCollector("off")).toMatchObject({ enabled: false, services: ["a*"] });
  });

  it("of a collector whose address is broken keeps everything else: no service is added, no secret changed", async () => {
    const item = { secret: { S: SECRET }, services: { L: [{ S: "pay*" }] }, enabled: { BOOL: false } };
    await hand.put("collectors", { name: { S: "mended" }, url: { S: "example.com" }, ...item });
    const { code, stdout } = await set("mended");
    expect({ code, stdout }).toEqual({ code: 0, stdout: "mended: collector changed, gets tasks of pay*\n" });
    const kept = { secret: SECRET, services: ["pay*"], enabled: false };
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
    });
  });

  it("of a new collector without --url is refused for its address, and stores nothing", async () => {
    const { code, stdout, stderr } = await cli(["collectors", "set", "addressless", "--service", "a*"]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect([...stderr.matchAll(/^ {2}(\w+) /gm)].map(([, field]) => field)).toEqual(["url"]);
    expect(await world.services.collectorStore.get("addressless")).toBeUndefined();
  });

  it.each(["The Pager", "", "x".repeat(3_000)])("names every fault at once and stores nothing (%#)", async (name) => {
    const bad = ["--url", "ftp://example.com", "--service", "", "--secret", "hunter2-hunter2"];
    const { code, stdout, stderr } = await cli(["collectors", "set", name, ...bad]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    const faults = [...stderr.matchAll(/^ {2}(\w+) /gm)].map(([, field]) => field);
    expect(faults).toEqual(["name", "url", "services", "secret"]);
    expect(stderr).not.toContain("hunter2");
    expect(await world.services.collectorStore.get(name)).toBeUndefined();
  });
});

describe("collectors list", () => {
  it("shows every collector, masks every secret, and says of an invalid one what is wrong", async () => {
    await set("listed", "--secret", SECRET, "--service", "a*", "--service", "b*");
    const name = "evil\u001b[2J\u009b";
    await hand.put("collectors", { name: { S: name }, url: { S: URL }, secret: { S: SECRET } });
    await hand.put("collectors", { name: { S: "no-url" }, secret: { S: SECRET } });
    const { code, stdout } = await cli(["collectors", "list"]);
    expect(code).toBe(0);
    const lines = stdout.split("\n");
    expect(lines[0]).toMatch(/^NAME +KIND +URL +SERVICES +ENABLED$/);
    expect(lines).toContainEqual(
      expect.stringMatching(/^listed +webhook +http:\/\/127\.0\.0\.1:9000\/hook +a\*, b\* +yes$/),
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
