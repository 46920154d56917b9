import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type AgentItem, readAgentItems } from "../../shared/agent/agent-item.ts";
import { MONITOR_TYPES } from "../../shared/policies/policy.ts";
import { anyItem, anythingLike, anyValue } from "../support/any-value.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);
const SOUND = { seenAt: "2026-01-31T11:59:00.000Z", budgetFullAt: NOON, expiresAt: NOON / 1_000 + 60 };
const PROCESS = {
  layer: "OS_LINUX",
  serviceName: "checkout",
  instanceName: "pod-1",
  processName: "java",
  labels: ["a"],
  pid: 7,
  kind: "host",
  profilable: true,
  reportedAt: NOON,
  values: [{ type: "PROCESS_CPU", uri: "", value: 93, at: "2026-01-31T11:59:00.000Z" }],
};

const json = fc.oneof(anythingLike([PROCESS, PROCESS]), fc.json()).map((value) => JSON.stringify(value) ?? "");
const packed = fc.oneof(
  json.map((text) => gzipSync(text)),
  fc.string({ unit: "binary" }).map((text) => gzipSync(text)),
  fc.tuple(json, fc.nat(), fc.nat(255)).map(([text, at, byte]) => {
    const bytes = gzipSync(text);
    bytes[at % bytes.length] = byte;
    return bytes;
  }),
  anyValue,
);
const item = fc
  .tuple(anyItem(SOUND), fc.constantFrom("0", "1", "2", "01", "x", "", "-1"), packed)
  .map(([held, part, processes]) => ({ ...held, agentId: "rover-1", part, processes }) as AgentItem);

test("whatever stands in the parts of an agent, what is read is an agent, or none", () => {
  fc.assert(
    fc.property(fc.array(item, { maxLength: 3 }), (items) => {
      const agent = readAgentItems(items, NOON);
      if (agent === undefined) return;
      expect(agent.agentId).toBe("rover-1");
      expect(Number.isNaN(Date.parse(agent.seenAt))).toBe(false);
      for (const { layer, serviceName, instanceName, processName, labels, values } of agent.processes) {
        for (const text of [layer, serviceName, instanceName, processName, ...labels])
          expect(text).toBeTypeOf("string");
        for (const { type, value } of values) {
          expect(MONITOR_TYPES).toContain(type);
          expect(value).toBeTypeOf("number");
        }
      }
    }),
    { numRuns: 1_000 },
  );
});
