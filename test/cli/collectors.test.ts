import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cli, cliOf, steersTerminal } from "../support/cli.ts";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { type HandEdits, openHandEdits } from "../support/hand-edits.ts";
import { startWorld, type World } from "../support/world.ts";

const URL = "http://127.0.0.1:9000/hook";
const ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:flashpoint/hook-AbCdEf";
const MASKED = "whsec_MfKQ…";
const ANY_SECRET = /whsec_[A-Za-z0-9+/]{32,}={0,2}/;

/** In DynamoDB's own notation. */
const USUAL_STORED = {
  targets: { L: [{ S: "ON_CPU" }, { S: "OFF_CPU" }, { S: "NETWORK" }] },
  headers: { M: {} },
  timeoutSeconds: { N: "10" },
};

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
    const collector = webhookTo(URL, { name: "made", secret });
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
    await world.services.collectorStore.put(webhookTo(URL, { name: "off", enabled: false, events: ["profiles"] }));
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
    const kept = { services: ["pay*"], enabled: false };
    expect(await storedCollector("mended")).toEqual(webhookTo(URL, { name: "mended", ...kept }));
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
      ...USUAL_STORED,
      mode: { S: "structured" },
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

describe("collectors set --url", () => {
  it.each([
    [
      "http://10.1.2.3/",
      "10.1.2.3 is a private address; FLASHPOINT_COLLECTOR_NETWORKS can open it, where the servers run",
    ],
    ["https://[fd00::1]:8443/", "fd00::1 is a"],
    ["http://93.184.216.34/", "93.184.216.34 is a public address, which takes https;"],
  ])("warns that %s would be refused, and sets it", async (url, why) => {
    const { code, stdout, stderr } = await cli(["--json", "collectors", "set", "warned", "--url", url]);
    expect({ code, url: JSON.parse(stdout).url }).toEqual({ code: 0, url });
    expect(stderr).toContain(`flashpoint: warning: deliveries would be refused from here: blocked: ${why}`);
    expect(await storedCollector("warned")).toMatchObject({ url });
    expect((await cli(["collectors", "set", "warned", "--timeout", "9"])).stderr).toBe("");
  });

  it.each(["http://127.0.0.1:9/", "https://93.184.216.34/", "http://hooks.example.com/"])(
    "takes %s in silence",
    async (url) => {
      expect(await cli(["collectors", "set", "unwarned", "--url", url])).toMatchObject({ code: 0, stderr: "" });
    },
  );
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
      ...USUAL_STORED,
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

describe("collectors set --kind skywalking", () => {
  it("takes what the OAP asks for, from standard input too, and does not show it", async () => {
    const url = ["--url", "http://127.0.0.1:11800"];
    const args = ["collectors", "set", "oap", "--kind", "skywalking", ...url, "--authentication", "-"];
    const { code, stdout, stderr } = await cli(args, "hunter2\n");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toBe("oap: collector added, gets tasks of *\n");
    expect(await storedCollector("oap")).toMatchObject({ kind: "skywalking", authentication: "hunter2" });
    expect((await cli(["--json", "collectors", "list"])).stdout).not.toContain("hunter2");
  });
});

describe("collectors set --target, --timeout and --mode", () => {
  it("choose what a webhook gets and how, and a change of something else keeps them", async () => {
    const targets = ["--target", "NETWORK", "--target", "ON_CPU"];
    const added = await set("choosy", "--secret", SECRET, ...targets, "--timeout", "3", "--mode", "binary");
    expect(added).toMatchObject({
      code: 0,
      stdout: "choosy: collector added, gets tasks of * for ON_CPU and NETWORK\n",
    });
    expect((await set("choosy", "--service", "a*")).code).toBe(0);
    expect(await storedCollector("choosy")).toEqual(
      webhookTo(URL, {
        name: "choosy",
        services: ["a*"],
        targets: ["ON_CPU", "NETWORK"],
        timeoutSeconds: 3,
        mode: "binary",
      }),
    );
  });

  it("refuse what they do not take and name the fields", async () => {
    const { code, stderr } = await set("misread", "--target", "DISK", "--timeout", "soon", "--mode", "both");
    expect(code).toBe(2);
    expect([...stderr.matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name)).toEqual([
      "targets",
      "timeoutSeconds",
      "mode",
    ]);
    expect(stderr).toContain('it takes a list of "ON_CPU", "OFF_CPU" or "NETWORK"\n');
    expect(await world.services.collectorStore.get("misread")).toBeUndefined();
  });
});

describe("collectors set --header", () => {
  it("adds, changes and removes headers by name, whatever its case, and shows no value but ARNs", async () => {
    const first = ["--header", "X-Team: a", "--header", "Authorization: Bearer hunter2: 3", "--header", `x-key:${ARN}`];
    const shown = [
      await cli(["--json", "collectors", "set", "headed", "--url", URL, ...first]),
      await cli([
        "--json",
        "collectors",
        "set",
        "headed",
        "--header",
        "x-team: b",
        "--header",
        "AUTHORIZATION: hunter2",
      ]),
      await cli(["collectors", "list"]),
    ];
    expect(await storedCollector("headed")).toMatchObject({
      headers: { "x-team": "b", authorization: "hunter2", "x-key": ARN },
    });
    expect(JSON.parse(shown[1]?.stdout ?? "").headers).toEqual({ "x-team": "…", authorization: "…", "x-key": ARN });
    for (const { code, stdout, stderr } of shown) {
      expect(code).toBe(0);
      expect(stdout + stderr).not.toContain("hunter2");
    }
    expect(
      (await cli(["collectors", "set", "headed", "--header", "authorization:", "--header", "X-Team: "])).code,
    ).toBe(0);
    expect((await storedCollector("headed")).headers).toEqual({ "x-key": ARN });
    expect((await cli(["collectors", "set", "headed", "--service", "a*"])).code).toBe(0);
    expect((await storedCollector("headed")).headers).toEqual({ "x-key": ARN });
  });

  it("refuses what is none, all at once, says what to do, and repeats no value", async () => {
    await hand.put("collectors", {
      name: { S: "strict" },
      url: { S: URL },
      secret: { S: SECRET },
      headers: { M: { "X-Team": { S: "a" } } },
    });
    const headers = ["hunter2", "x-key: -", "X-Gone:", "Host: hunter2", "x key: hunter2", "x-other: hünter2"];
    const options = headers.flatMap((header) => ["--header", header]);
    const { code, stdout, stderr } = await cli(["collectors", "set", "strict", ...options]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr.split("\n").slice(1, -1)).toEqual([
      "  headers takes 'name: value', with a colon behind the name (--header number 1)",
      "  headers.x-key takes no -: keep the value in AWS Secrets Manager and give its ARN",
      "  headers.X-Gone is not there to be removed; there is x-team",
      "  headers.Host is set by Flashpoint or by HTTP itself: leave it out, or take another name",
      "  headers.x key has a name that is none: it takes letters, digits, dashes, dots and underscores",
      "  headers.x-other takes 1 to 2048 printable ASCII characters, no blanks around them",
    ]);
    expect(await storedCollector("strict")).toMatchObject({ headers: { "x-team": "a" } });
  });
});

describe("an ARN of AWS Secrets Manager", () => {
  it("is taken in place of a secret, and shown as it is", async () => {
    expect((await set("afar", "--secret", ARN)).stdout).toBe("afar: collector added, gets tasks of *\n");
    const login = ["--kind", "pyroscope", "--username", "ada", "--password", ARN];
    expect((await set("afar-flames", ...login)).code).toBe(0);
    const listed = JSON.parse((await cli(["--json", "collectors", "list"])).stdout);
    expect(listed).toContainEqual(expect.objectContaining({ name: "afar", secret: ARN }));
    expect(listed).toContainEqual(expect.objectContaining({ name: "afar-flames", password: ARN }));
  });

  it("that is mistyped is refused", async () => {
    const { code, stderr } = await set("astray", "--secret", ARN.replace("123456789012", "12345"));
    expect(code).toBe(2);
    expect(stderr).toContain("ARN of a secret in AWS Secrets Manager");
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
    expect(stderr).toContain("Allowed choices are webhook, pyroscope, connect, grpc, grpc-web, skywalking");
  });

  it.each([
    ["webhook", "--username", "pyroscope"],
    ["webhook", "--password", "pyroscope"],
    ["webhook", "--tenant", "pyroscope"],
    ["pyroscope", "--secret", "webhook"],
    ["pyroscope", "--mode", "webhook"],
    ["webhook", "--authentication", "skywalking"],
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
    expect(lines[0]).toMatch(/^NAME +KIND +URL +EVENTS +SERVICES +TARGETS +STATE$/);
    expect(lines).toContainEqual(
      expect.stringMatching(/^listed +webhook +http:\/\/127\.0\.0\.1:9000\/hook +tasks, profiles +a\*, b\* +all +ok$/),
    );
    expect(lines).toContainEqual(
      expect.stringMatching(/^no-url +INVALID +url is missing; it takes an http or https address/),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^evil\\u001b\[2J\\u009b +INVALID +name takes lower-case/));

    const asJson = await cli(["collectors", "list", "--json"]);
    const listed = JSON.parse(asJson.stdout);
    expect(listed).toContainEqual(expect.objectContaining({ name: "listed", secret: MASKED, services: ["a*", "b*"] }));
    const faults = [expect.objectContaining({ path: "url" })];
    expect(listed).toContainEqual({ name: "no-url", faults, health: {} });
    for (const text of [stdout, asJson.stdout]) {
      expect(text).not.toMatch(ANY_SECRET);
      expect(steersTerminal(text)).toBe(false);
    }
  });
});

describe("the state of a collector", () => {
  it("stands in the list: ok, failing since when, paused and why, or off", async () => {
    const item = { url: { S: URL }, secret: { S: SECRET } };
    const failingSince = { S: "2026-02-03T04:05:06.789Z" };
    const paused = { M: { at: { S: "2026-02-08T04:05:06.789Z" }, reason: { S: "answered 410" } } };
    await hand.put("collectors", { name: { S: "state-ok" }, ...item });
    await hand.put("collectors", { name: { S: "state-failing" }, ...item, failingSince });
    await hand.put("collectors", { name: { S: "state-paused" }, ...item, failingSince, paused });
    await hand.put("collectors", { name: { S: "state-off" }, ...item, enabled: { BOOL: false }, failingSince });
    await hand.put("collectors", { name: { S: "state-broken" }, secret: { S: SECRET }, paused });
    const { stdout } = await cli(["collectors", "list"]);
    const states = stdout
      .split("\n")
      .flatMap((line) => /^state-(\w+) .* {2}(\S.*)$/.exec(line)?.slice(1, 3).join(": ") ?? []);
    expect(states).toEqual([
      "broken: paused: answered 410",
      "failing: failing since 2026-02-03T04:05:06.789Z",
      "off: off",
      "ok: ok",
      "paused: paused: answered 410",
    ]);
    const listed = JSON.parse((await cli(["--json", "collectors", "list"])).stdout);
    const health = { failingSince: failingSince.S, paused: { at: "2026-02-08T04:05:06.789Z", reason: "answered 410" } };
    expect(listed).toContainEqual(expect.objectContaining({ name: "state-paused", health }));
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
