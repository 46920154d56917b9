import { expect, it } from "vitest";
import { countRefusedConnections } from "../../server/refused-connections.ts";
import { createLogger } from "../../shared/log.ts";
import { noMetrics } from "../../shared/metrics.ts";

it("every refused connection is counted by its port, and the log says so once in a while", () => {
  const lines: Record<string, unknown>[] = [];
  const counted: unknown[] = [];
  const refused = countRefusedConnections("grpc", 7, {
    log: createLogger("info", { write: (line) => lines.push(JSON.parse(line)) }),
    metrics: { ...noMetrics, count: (name, labels) => counted.push([name, labels]) },
  });
  for (let count = 0; count < 100; count++) refused();
  expect(counted).toEqual(Array(100).fill(["connections_refused_total", { port: "grpc" }]));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ level: "warn", port: "grpc", maxConnections: 7 });
  expect(String(lines[0]?.msg)).toContain("FLASHPOINT_MAX_CONNECTIONS");
});
