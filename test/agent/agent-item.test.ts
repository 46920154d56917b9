import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type AgentItem, readAgentItems, type StoredProcess, writeAgentItems } from "../../shared/agent/agent-item.ts";
import { MONITOR_TYPES } from "../../shared/policies/policy.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);
const SEEN_AT = "2026-01-31T12:00:00.000Z";
/** DynamoDB's bound on an item. */
const MAX_ITEM_BYTES = 400 * 1_024;

const text = fc.string({ unit: "binary", maxLength: 40 });
const moment = fc.date({ noInvalidDate: true }).map((date) => date.toISOString());
const value = fc.record({
  type: fc.constantFrom(...MONITOR_TYPES),
  uri: text,
  value: fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
  at: moment,
});
const anyProcess: fc.Arbitrary<StoredProcess> = fc.record(
  {
    layer: text,
    serviceName: text,
    instanceName: text,
    processName: text,
    labels: fc.array(text, { maxLength: 4 }),
    pid: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
    kind: fc.constantFrom("host" as const, "k8s" as const),
    profilable: fc.boolean(),
    reportedAt: fc.nat(),
    values: fc.array(value, { maxLength: 4 }),
  },
  { requiredKeys: ["layer", "serviceName", "instanceName", "processName", "labels", "values"] },
);

/** A process of about `bytes`, in text that packs to no less than half. */
function incompressible(index: number, bytes: number): StoredProcess {
  const random = Array.from({ length: bytes / 250 }, () => randomBytes(125).toString("hex"));
  const names = { layer: "OS_LINUX", serviceName: "checkout", instanceName: "pod-1", processName: `p${index}` };
  return { ...names, labels: random, values: [] };
}

const agentOf = (processes: readonly StoredProcess[]) => ({ agentId: "rover-1", seenAt: SEEN_AT, processes });

test("whatever an agent watches comes back as it was", () => {
  fc.assert(
    fc.property(fc.array(anyProcess, { maxLength: 30 }), (processes) => {
      const items = writeAgentItems(agentOf(processes));
      expect(items).toHaveLength(1);
      expect(readAgentItems(items, NOON)).toEqual(agentOf(processes));
    }),
  );
});

test("the attributes beside say whose item it is, when the agent was heard, and when the item expires", () => {
  const process = incompressible(1, 1_000);
  expect(writeAgentItems(agentOf([process, process]))).toEqual([
    {
      agentId: "rover-1",
      part: "0",
      seenAt: SEEN_AT,
      processCount: 2,
      processes: expect.any(Uint8Array),
      expiresAt: 1_770_033_600, // 2026-02-02T12:00:00Z
    },
  ]);
});

test("how often it may be written comes back too, unless a hand has made it something else", () => {
  const whole = agentOf([incompressible(1, 250)]);
  const agent = { ...whole, budgetFullAt: NOON };
  const [item] = writeAgentItems(agent) as [AgentItem];
  expect(readAgentItems([item], NOON)).toEqual(agent);
  expect(readAgentItems([{ ...item, budgetFullAt: "never" }], NOON)).toEqual(whole);
});

test("twenty usual processes take about a kilobyte", () => {
  const processes = Array.from({ length: 20 }, (_, index) => ({
    layer: "K8S_SERVICE",
    serviceName: `shop::service-${index % 5}`,
    instanceName: `service-${index % 5}-7d9f8b6c4-x${index}@10.0.3.${index}`,
    processName: "java",
    labels: ["k8s-service"],
    pid: 41_000 + index * 17,
    kind: "k8s" as const,
    profilable: true,
    reportedAt: NOON,
    values: [],
  }));
  const sizes = writeAgentItems(agentOf(processes)).map(({ processes }) => (processes as Uint8Array).length);
  expect(sizes).toHaveLength(1);
  expect(sizes[0]).toBeLessThan(1_024);
});

test("what does not fit into one item goes on in parts, and nothing is dropped", () => {
  const processes = Array.from({ length: 300 }, (_, index) => incompressible(index, 8_000));
  const items = writeAgentItems(agentOf(processes));
  expect(items.length).toBeGreaterThan(3);
  expect(items.map(({ part }) => part)).toEqual(items.map((_, index) => String(index)));
  for (const { processes } of items) expect((processes as Uint8Array).length).toBeLessThan(MAX_ITEM_BYTES - 8_192);
  expect(readAgentItems(items.toReversed(), NOON)).toEqual(agentOf(processes));
});

test("what packs well is cut too, so that no part opens to more than a reader takes", () => {
  const process = { ...incompressible(1, 0), labels: Array(32).fill("x".repeat(256)) };
  const processes = Array.from({ length: 2_000 }, (_, index) => ({ ...process, processName: `p${index}` }));
  const items = writeAgentItems(agentOf(processes));
  expect(items.length).toBeGreaterThan(3);
  expect(readAgentItems(items, NOON)).toEqual(agentOf(processes));
});

test("an agent is gone 48 hours after it was heard, though the item may still be there", () => {
  const items = writeAgentItems(agentOf([incompressible(1, 250)]));
  expect(readAgentItems(items, NOON + 48 * 3_600_000 - 1)).toBeDefined();
  expect(readAgentItems(items, NOON + 48 * 3_600_000)).toBeUndefined();
});

const packed = (json: unknown): Uint8Array => gzipSync(JSON.stringify(json));
const [whole] = writeAgentItems(agentOf([incompressible(1, 250)])) as [AgentItem];

test.each([
  ["no processes", { processes: undefined }],
  ["processes as text", { processes: "[]" }],
  ["bytes that are no gzip", { processes: Buffer.from("hello") }],
  ["gzip of no JSON", { processes: gzipSync("[{") }],
  ["gzip of something else", { processes: packed({ pid: 1 }) }],
  ["gzip that opens to 100 MB", { processes: gzipSync(`[${" ".repeat(100_000_000)}]`) }],
  ["half a gzip", { processes: (whole.processes as Uint8Array).subarray(0, 40) }],
  ["a time that is none", { seenAt: "yesterday" }],
  ["a time as a number", { seenAt: 7 }],
  ["an expiry as text", { expiresAt: "9999999999" }],
  ["no expiry", { expiresAt: undefined }],
  ["a part that is no number", { part: "one" }],
])("an item broken by hand, with %s, is passed over", (_what, broken) => {
  expect(readAgentItems([{ ...whole, ...broken } as AgentItem], NOON)).toBeUndefined();
  const second = { ...whole, part: "1" };
  expect(readAgentItems([{ ...whole, ...broken } as AgentItem, second], NOON)?.processes).toHaveLength(1);
});

test("processes that are none are passed over, and fields that cannot be", () => {
  const good = { layer: "a", serviceName: "b", instanceName: "c", processName: "d" };
  const odd = {
    labels: ["x", 7],
    pid: "1",
    kind: "vm",
    profilable: 1,
    reportedAt: {},
    values: [null, { type: "MOOD" }],
  };
  const processes = packed([null, 7, "x", [], {}, { ...good, layer: 1 }, { ...good, ...odd }]);
  expect(readAgentItems([{ ...whole, processes }], NOON)?.processes).toEqual([{ ...good, labels: ["x"], values: [] }]);
});

test("parts that are left of another write are passed over", () => {
  const older = writeAgentItems({ ...agentOf([incompressible(2, 250)]), seenAt: "2026-01-31T11:55:00.000Z" });
  const left = older.map((item) => ({ ...item, part: "1" }));
  expect(readAgentItems([...left, whole], NOON)).toEqual(readAgentItems([whole], NOON));
});
