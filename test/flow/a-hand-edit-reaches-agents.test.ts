import { DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { cpuPolicy, servicesIn } from "../support/policies.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

/** How soon an edit must be with a polling agent. */
const EDIT_MS = 5_000;
const TABLE = "flashpoint-policies";

let world: World;
let console: DynamoDBClient;

beforeAll(async () => {
  world = await startWorld();
  const { dynamodbEndpoint, region, credentials } = world.server.engines.aws;
  console = new DynamoDBClient({ endpoint: dynamodbEndpoint, region, credentials });
});
afterAll(async () => {
  console.destroy();
  await world.stop();
});

const poll = async (serviceName: string, uuid = "") =>
  servicesIn(
    await world.grpc.call(ContinuousProfilingService.method.queryPolicies, { policies: [{ serviceName, uuid }] }),
  );
const itemOf = async (serviceName: string) => {
  const read = new GetItemCommand({ TableName: TABLE, Key: { serviceName: { S: serviceName } }, ConsistentRead: true });
  return (await console.send(read)).Item;
};

describe("an item put into DynamoDB by hand", () => {
  it("with numbers and no uuid reaches a polling agent within 5 s and gets its uuid written", async () => {
    expect(await poll("hand")).toEqual([]); // the cache now holds that there is none
    const check = { M: { threshold: { N: "80" }, period: { N: "10" }, count: { N: "3" } } };
    const targets = { M: { ON_CPU: { M: { PROCESS_CPU: check } } } };
    await console.send(new PutItemCommand({ TableName: TABLE, Item: { serviceName: { S: "hand" }, targets } }));

    const [heard] = await until(
      "the agent hears it",
      async () => {
        const answer = await poll("hand");
        return answer.length > 0 ? answer : undefined;
      },
      EDIT_MS,
    );
    expect(heard?.Profiling).toEqual({
      ON_CPU: { PROCESS_CPU: { Threshold: "80", Period: 10, Count: 3, URIList: [], URIRegex: "" } },
    });
    const item = await until(
      "the uuid is written",
      async () => {
        const read = await itemOf("hand");
        return read?.uuid === undefined ? undefined : read;
      },
      EDIT_MS,
    );
    expect(item.uuid?.S).toBe(heard?.UUID);
    expect(item.revision?.N).toBe("1");
    expect(item.targets).toEqual(targets); // the edit itself stays as it was written
  });

  it("with other content under an old uuid is served under its true one", async () => {
    const { uuid } = await world.services.policyStore.put("stale", cpuPolicy(80), { updatedBy: "test" });
    const item = await itemOf("stale");
    const check = { M: { threshold: { S: "90" }, period: { N: "10" }, count: { N: "3" } } };
    await console.send(
      new PutItemCommand({
        TableName: TABLE,
        Item: { ...item, serviceName: { S: "stale" }, targets: { M: { ON_CPU: { M: { PROCESS_CPU: check } } } } },
      }),
    );
    const [heard] = await until(
      "the agent hears it",
      async () => {
        const answer = await poll("stale", uuid);
        return answer.length > 0 && answer[0]?.UUID !== uuid ? answer : undefined;
      },
      EDIT_MS,
    );
    expect(heard?.UUID).not.toBe(uuid);
    const repaired = await until(
      "the uuid is repaired",
      async () => {
        const read = await itemOf("stale");
        return read?.uuid?.S === heard?.UUID ? read : undefined;
      },
      EDIT_MS,
    );
    expect(repaired.revision?.N).toBe("2");
  });

  it("that is invalid reaches nobody, deletes nothing and shows in the log once", async () => {
    const { uuid } = await world.services.policyStore.put("broken", cpuPolicy(80), { updatedBy: "test" });
    const check = { M: { threshold: { N: "180" }, period: { N: "10" }, count: { N: "30" } } };
    await console.send(
      new PutItemCommand({
        TableName: TABLE,
        Item: { serviceName: { S: "broken" }, targets: { M: { ON_CPU: { M: { PROCESS_CPU: check } } } } },
      }),
    );
    const logged = () => world.log.filter(({ serviceName, level }) => serviceName === "broken" && level === "error");
    const [line] = await until(
      "the log tells",
      async () => {
        await poll("broken", uuid);
        return logged().length > 0 ? logged() : undefined;
      },
      EDIT_MS,
    );
    expect(line?.faults).toContain("targets.ON_CPU.PROCESS_CPU.threshold is 180");
    expect(line?.faults).toContain("targets.ON_CPU.PROCESS_CPU.count is 30");

    // Read anew a few times, since the cache would hide what a second read logs.
    const readsBefore = await reads();
    await until(
      "the item is read three times more",
      async () => {
        expect(await poll("broken", uuid)).toEqual([]);
        expect(await poll("broken")).toEqual([]);
        return (await reads()) >= readsBefore + 3 ? true : undefined;
      },
      15_000,
    );
    expect(logged()).toHaveLength(1);
  });
});

/** How many batch reads the server has sent to DynamoDB. */
async function reads(): Promise<number> {
  const metrics = await (await fetch(`${world.httpUrl}/metrics`)).text();
  return Number(/^flashpoint_policy_reads_total (\d+)$/m.exec(metrics)?.[1] ?? 0);
}
