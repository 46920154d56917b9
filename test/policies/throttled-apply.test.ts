import { afterAll, beforeAll, expect, it } from "vitest";
import { createAwsClients } from "../../shared/aws/clients.ts";
import { scanAll } from "../../shared/aws/scan.ts";
import { createLogger } from "../../shared/log.ts";
import { type Applied, applyChanges } from "../../shared/policies/plan/apply-plan.ts";
import { planPolicies } from "../../shared/policies/plan/policy-plan.ts";
import { type TableId, tableName } from "../../shared/resources.ts";
import { createServices } from "../../shared/services.ts";
import { createRandom } from "../fuzz/random.ts";
import { cpuPolicy } from "../support/policies.ts";
import { type StillWorld, startStillWorld } from "../support/still-world.ts";
import { startThrottlingProxy } from "../support/throttling-proxy.ts";

const SERVICES = 500;

let world: StillWorld;

beforeAll(async () => {
  world = await startStillWorld();
});
afterAll(() => world.stop());

it("500 policies land, each at exactly one revision, though DynamoDB refuses a tenth of the writes and loses answers", {
  timeout: 60_000,
}, async () => {
  const aws = createAwsClients(world.engines.aws);
  const items = (table: TableId) => scanAll(aws.documents, tableName(world.config.stack, table));
  const { number: random } = createRandom("throttled", 1);
  const port = Number(new URL(world.engines.aws.dynamodbEndpoint).port);
  const proxy = await startThrottlingProxy({ port, throttled: 0.1, lost: 0.01, random });
  const behind = createAwsClients({ ...world.engines.aws, dynamodbEndpoint: `http://127.0.0.1:${proxy.port}` });
  const services = createServices({ config: world.config, log: createLogger("silent"), aws: behind });
  const { table, writer } = services.policyChanges();
  const desired = Array.from({ length: SERVICES }, (_, index) => ({
    serviceName: `service ${index}`,
    targets: cpuPolicy(1 + (index % 100)),
  }));
  const apply = async (): Promise<Applied[]> => {
    const { changes } = planPolicies(desired, await table.seeAll(), { prune: true });
    return applyChanges(changes, { writer, updatedBy: "ada" });
  };
  try {
    const all = await apply();
    expect(all.filter(({ outcome }) => outcome !== "written")).toEqual([]);
    expect(all.map((applied) => "revision" in applied && applied.revision)).toEqual(desired.map(() => 1));
    expect(proxy.counts.throttled).toBeGreaterThan(SERVICES / 10);
    expect(proxy.counts.lost).toBeGreaterThan(SERVICES / 100);
    expect(await apply()).toEqual([]);
  } finally {
    services.close();
  }
  const names = desired.map(({ serviceName }) => serviceName).toSorted();
  const stored = await items("policies");
  expect(stored.map(({ serviceName, revision }) => `${serviceName}, ${revision}`).toSorted()).toEqual(
    names.map((name) => `${name}, 1`),
  );
  const history = await items("policyHistory");
  expect(history.map(({ serviceName, revision }) => `${serviceName}, ${Number(revision)}`).toSorted()).toEqual(
    names.map((name) => `${name}, 1`),
  );
  aws.destroy();
});
