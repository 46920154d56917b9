import { expect, test } from "vitest";
import { Unavailable } from "../../shared/errors.ts";
import { createLogger } from "../../shared/log.ts";
import { noMetrics } from "../../shared/metrics.ts";
import type { Policy } from "../../shared/policies/policy.ts";
import { type PolicyItem, readPolicyItem, type StoredPolicy } from "../../shared/policies/policy-item.ts";
import { createPolicyReader } from "../../shared/policies/policy-reader.ts";

const CHECK = { threshold: 80, period: 10, count: 3 };
/** printf '%s' '{"ON_CPU":{"PROCESS_CPU":{"count":3,"period":10,"threshold":"80","uriList":[],"uriRegex":""}}}' | sha256sum */
const UUID = "076735a38788b5dce6371eb3096e4cb6015b8dc003b006509b65d4ab56add197";
const good = { targets: { ON_CPU: { PROCESS_CPU: CHECK } }, uuid: UUID };
const edited = { targets: { ON_CPU: { PROCESS_CPU: CHECK } }, uuid: "of an older content" };
const broken = (threshold: number) => ({ targets: { ON_CPU: { PROCESS_CPU: { ...CHECK, threshold } } } });

/** A reader over items by service name, with what it repaired, logged and counted. */
function world(repairUuid: (policy: Policy) => Promise<boolean> = async () => true) {
  const items: Record<string, Omit<PolicyItem, "serviceName">> = {};
  const repaired: Policy[] = [];
  const lines: { level: string; [field: string]: unknown }[] = [];
  const counted: string[] = [];
  const read = createPolicyReader({
    store: {
      async getMany(serviceNames) {
        const found = new Map<string, StoredPolicy>();
        for (const serviceName of serviceNames) {
          const item = items[serviceName];
          if (item !== undefined) found.set(serviceName, readPolicyItem({ ...item, serviceName }));
        }
        return found;
      },
      async repairUuid(policy) {
        repaired.push(policy);
        return repairUuid(policy);
      },
    },
    log: createLogger("debug", { write: (line) => lines.push(JSON.parse(line)) }),
    metrics: { ...noMetrics, count: (name) => counted.push(name) },
  });
  return { items, read, repaired, lines, counted };
}

test("a healthy policy is read without a word, and a name without a policy stands in no entry", async () => {
  const { items, read, repaired, lines, counted } = world();
  items.sqrt = good;
  const found = await read(["sqrt", "nobody"]);
  expect([...found.keys()]).toEqual(["sqrt"]);
  expect(found.get("sqrt")).toMatchObject({ state: "valid", policy: { serviceName: "sqrt", uuid: UUID } });
  expect({ repaired, lines, counted }).toEqual({ repaired: [], lines: [], counted: [] });
});

test("an invalid policy is logged once for each edit, with its faults, and never hides a valid one", async () => {
  const { items, read, lines, counted } = world();
  items.sqrt = broken(101);
  items.cart = good;
  for (let poll = 0; poll < 3; poll++) {
    const found = await read(["sqrt", "cart"]);
    expect(found.get("sqrt")).toMatchObject({ state: "invalid" });
    expect(found.get("cart")).toMatchObject({ state: "valid" });
  }
  expect(lines).toMatchObject([
    {
      level: "error",
      serviceName: "sqrt",
      faults: "targets.ON_CPU.PROCESS_CPU.threshold is 101; it takes a whole percentage over 0, up to 100",
    },
  ]);

  items.sqrt = broken(0);
  await read(["sqrt"]);
  await read(["sqrt"]);
  expect(lines).toHaveLength(2);

  items.sqrt = good;
  await read(["sqrt"]);
  items.sqrt = broken(0);
  await read(["sqrt"]);
  expect(lines).toHaveLength(3);
  expect(counted).toEqual(["policy_invalid_total", "policy_invalid_total", "policy_invalid_total"]);
});

test("one invalid service does not silence another", async () => {
  const { items, read, lines } = world();
  items.sqrt = broken(101);
  items.cart = broken(101);
  await read(["sqrt", "cart"]);
  expect(lines.map(({ serviceName }) => serviceName)).toEqual(["sqrt", "cart"]);
});

test("a policy edited by hand is repaired with its true UUID, counted and told", async () => {
  const { items, read, repaired, lines, counted } = world();
  items.sqrt = edited;
  items.cart = good;
  items.broken = broken(101);
  const found = await read(["sqrt", "cart", "broken"]);
  expect(found.get("sqrt")).toMatchObject({ state: "valid", policy: { uuid: UUID } });
  expect(repaired).toMatchObject([{ serviceName: "sqrt", uuid: UUID }]);
  expect(lines).toContainEqual(expect.objectContaining({ level: "info", serviceName: "sqrt", uuid: UUID }));
  expect(counted).toContain("policy_repairs_total");
});

test("a repair that somebody else was faster with is neither told nor counted", async () => {
  const { items, read, repaired, lines, counted } = world(async () => false);
  items.sqrt = edited;
  await read(["sqrt"]);
  expect(repaired).toHaveLength(1);
  expect({ lines, counted }).toEqual({ lines: [], counted: [] });
});

test("a failing repair does not fail the read, and the next read tries again", async () => {
  const { items, read, repaired, lines, counted } = world(async () => {
    throw new Unavailable("DynamoDB cannot be reached");
  });
  items.sqrt = edited;
  items.cart = edited;
  const found = await read(["sqrt", "cart"]);
  expect(found.get("sqrt")).toMatchObject({ state: "valid", policy: { uuid: UUID } });
  expect(found.get("cart")).toMatchObject({ state: "valid", policy: { uuid: UUID } });
  expect(lines).toMatchObject([
    { level: "warn", serviceName: "sqrt", err: { message: "DynamoDB cannot be reached" } },
    { level: "warn", serviceName: "cart" },
  ]);
  expect(counted).toEqual([]);
  await read(["sqrt"]);
  expect(repaired.map(({ serviceName }) => serviceName)).toEqual(["sqrt", "cart", "sqrt"]);
});

test("after a mass edit one read makes a bounded number of repairs and serves every policy", async () => {
  const { items, read, repaired } = world();
  const names = Array.from({ length: 500 }, (_, index) => `service-${index}`);
  for (const name of names) items[name] = edited;
  const found = await read(names);
  expect([...found.values()].every((stored) => stored.state === "valid" && stored.policy.uuid === UUID)).toBe(true);
  expect(repaired.length).toBeGreaterThan(0);
  expect(repaired.length).toBeLessThanOrEqual(50);
});

test("a read that fails fails: nothing is made up", async () => {
  const read = createPolicyReader({
    store: {
      getMany: () => Promise.reject(new Unavailable("DynamoDB cannot be reached")),
      repairUuid: async () => true,
    },
    log: createLogger("silent"),
    metrics: noMetrics,
  });
  await expect(read(["sqrt"])).rejects.toThrow(Unavailable);
});
