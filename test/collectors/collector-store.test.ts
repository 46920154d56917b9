import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCollectorReader } from "../../shared/collectors/collector-reader.ts";
import type { CollectorStore } from "../../shared/collectors/collector-store.ts";
import type { Collector } from "../../shared/collectors/kinds.ts";
import type { WebhookCollector } from "../../shared/collectors/webhook/webhook-collector.ts";
import { NotFound, Unavailable } from "../../shared/errors.ts";
import { createLogger } from "../../shared/log.ts";
import { pyroscopeAt, SECRET, webhookTo } from "../support/collectors.ts";
import { type HandEdits, openHandEdits } from "../support/hand-edits.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let store: CollectorStore;
let hand: HandEdits;

beforeAll(async () => {
  world = await startWorld();
  store = world.services.collectorStore;
  hand = openHandEdits(world);
});
afterAll(async () => {
  hand.close();
  await world.stop();
});

function collectorNamed(name: string, fields: Partial<WebhookCollector> = {}): Collector {
  return webhookTo("https://pager.example.com/flashpoint", {
    name,
    services: ["checkout*", "!checkout-test"],
    ...fields,
  });
}

/** Stores a collector whose address has lost its scheme. */
const breakByHand = (name: string) =>
  hand.put("collectors", { name: { S: name }, url: { S: "pager.example.com" }, secret: { S: SECRET } });

describe("a collector", () => {
  it("is read back as it was put", async () => {
    const headers = { authorization: "Bearer hunter2", "x-team": "a" };
    const more = { targets: ["ON_CPU"], headers, timeoutSeconds: 5, mode: "binary" } as const;
    const collector = collectorNamed("pager", more);
    await store.put(collector);
    expect(await store.get("pager")).toMatchObject({ ok: true, name: "pager", collector });
  });

  it("is replaced by the next one of its name, and by nothing of the old one", async () => {
    await store.put(collectorNamed("replaced"));
    const collector = collectorNamed("replaced", { enabled: false, services: ["*"], url: "http://127.0.0.1:9000/" });
    await store.put(collector);
    expect(await store.get("replaced")).toMatchObject({ ok: true, collector });
  });

  it("typed by hand with name, url and secret only is a webhook that gets all tasks", async () => {
    const url = "http://127.0.0.1:9000/";
    await hand.put("collectors", { name: { S: "typed" }, url: { S: url }, secret: { S: SECRET } });
    expect(await store.get("typed")).toMatchObject({
      ok: true,
      collector: collectorNamed("typed", { url, services: ["*"] }),
    });
  });

  it("that is a Pyroscope is read back with its login and tenant, or without", async () => {
    const login = { username: "ada", password: "hunter2", tenant: "team-a" };
    for (const extra of [{}, login]) {
      const collector = pyroscopeAt("https://p.example.com/", { name: "flames", ...extra });
      await store.put(collector);
      expect(await store.get("flames")).toMatchObject({ ok: true, collector });
    }
  });

  it("typed by hand as a Pyroscope with name, kind and url only gets all profiles", async () => {
    const url = "http://127.0.0.1:4040/";
    await hand.put("collectors", { name: { S: "typed-flames" }, kind: { S: "pyroscope" }, url: { S: url } });
    const collector = { name: "typed-flames", kind: "pyroscope", url, enabled: true };
    expect(await store.get("typed-flames")).toMatchObject({
      ok: true,
      collector: { ...collector, services: ["*"], events: ["profiles"] },
    });
  });

  it("may have its globs and events typed by hand as string sets", async () => {
    await hand.put("collectors", {
      name: { S: "typed-set" },
      url: { S: "http://127.0.0.1:9000/" },
      secret: { S: SECRET },
      services: { SS: ["checkout*"] },
      events: { SS: ["profiles", "tasks"] },
    });
    expect(await store.get("typed-set")).toMatchObject({
      ok: true,
      collector: { services: ["checkout*"], events: ["tasks", "profiles"] },
    });
  });

  it("is gone once deleted, an invalid one too", async () => {
    await store.put(collectorNamed("gone"));
    await breakByHand("gone-invalid");
    for (const name of ["gone", "gone-invalid"]) {
      await store.delete(name);
      expect(await store.get(name)).toBeUndefined();
    }
  });

  it.each(["nobody", "", "x".repeat(2_049)])(
    "that does not exist is not found and cannot be deleted (%#)",
    async (name) => {
      expect(await store.get(name)).toBeUndefined();
      await expect(store.delete(name)).rejects.toThrow(NotFound);
    },
  );
});

describe("an invalid collector", () => {
  it("is listed with its faults among the others, in the order of the names", async () => {
    await store.put(collectorNamed("list-c"));
    await breakByHand("list-b");
    await store.put(collectorNamed("list-a"));
    await hand.put("collectors", { name: { S: "list-D" }, enabled: { N: "1e40" } });
    const listed = (await store.list()).filter(({ name }) => name.startsWith("list-"));
    expect(listed.map((stored) => [stored.name, stored.ok ? [] : stored.faults.map(({ path }) => path)])).toEqual([
      ["list-D", ["name", "url", "enabled", "secret"]],
      ["list-a", []],
      ["list-b", ["url"]],
      ["list-c", []],
    ]);
  });
});

describe("the reader", () => {
  /** A reader with a clock of its own, and what it logs. */
  function reader(list: CollectorStore["list"] = store.list) {
    const clock = { now: 0 };
    const lines: Record<string, unknown>[] = [];
    const log = createLogger("debug", { write: (line) => lines.push(JSON.parse(line)) });
    const read = createCollectorReader({ store: { list }, log, ttlMs: 1_000, now: () => clock.now }).list;
    return { clock, lines, names: async () => (await read()).map(({ name }) => name) };
  }

  it("keeps an invalid collector among the recipients, with one line in the log for each edit", async () => {
    for (const { name } of await store.list()) await store.delete(name);
    await store.put(collectorNamed("valid-a"));
    await breakByHand("broken");
    await store.put(collectorNamed("valid-b"));
    const { clock, lines, names } = reader();
    expect(await names()).toEqual(["broken", "valid-a", "valid-b"]);
    expect(lines).toMatchObject([{ level: "error", collector: "broken", faults: expect.stringContaining("url") }]);
    clock.now = 1_000;
    expect(await names()).toEqual(["broken", "valid-a", "valid-b"]);
    expect(lines).toHaveLength(1);
    expect(JSON.stringify(lines)).not.toContain(SECRET);
  });

  it("remembers the list for its time and no longer", async () => {
    for (const { name } of await store.list()) await store.delete(name);
    const { clock, names } = reader();
    expect(await names()).toEqual([]);
    await store.put(collectorNamed("late"));
    clock.now = 999;
    expect(await names()).toEqual([]);
    clock.now = 1_000;
    expect(await names()).toEqual(["late"]);
  });

  it("does not remember a failure", async () => {
    const failures = [new Unavailable("DynamoDB cannot be reached")];
    await store.put(collectorNamed("after-failure"));
    const { names } = reader(async () => {
      const failure = failures.pop();
      if (failure !== undefined) throw failure;
      return store.list();
    });
    await expect(names()).rejects.toThrow(Unavailable);
    expect(await names()).toContain("after-failure");
  });
});
