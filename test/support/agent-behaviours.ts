import { randomBytes } from "node:crypto";
import { createClient, type Transport } from "@connectrpc/connect";
import { v7 as uuidv7 } from "uuid";
import { expect } from "vitest";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProcessService } from "../../shared/gen/ebpf/profiling/Process_pb.js";
import { EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { CALLS, type Header } from "./agent-calls.ts";
import { ping } from "./agents.ts";
import { recordedTask } from "./dead-letters.ts";
import { TYPED_TARGETS } from "./hand-edits.ts";
import { cpuPolicy, goodReport, servicesIn, taskIdIn } from "./policies.ts";
import type { RoleWorld } from "./role-world.ts";
import { flushOf, onCpu, type StackMessage } from "./stacks.ts";
import { issueToken, newToken, outcomeOf } from "./tokens.ts";
import { until } from "./until.ts";

/** Where agents call, with a token in force. */
export interface AgentDoor {
  readonly world: RoleWorld;
  readonly transport: Transport;
  readonly headers: Header;
}

/** Whatever a program that answers agents does with DynamoDB, SQS and S3. */
export const AGENT_BEHAVIOURS: Record<string, (door: AgentDoor) => Promise<void>> = {
  "answers every call": async ({ transport, headers }) => {
    for (const call of Object.values(CALLS)) await call(transport, headers);
  },

  "refuses a token that is not in force": async (door) => {
    const { agent } = clients({ ...door, headers: { Authentication: newToken() } });
    expect(await outcomeOf(agent.queryPolicies({ policies: [{ serviceName: "checkout" }] }))).toBe("Unauthenticated");
  },

  "tells made-up tokens that come in numbers from those that there are": async (door) => {
    const poll = (token: string) =>
      outcomeOf(clients({ ...door, headers: { Authentication: token } }).agent.queryPolicies({ policies: [] }));
    const real = await issueToken(door.world.stores.tokenStore);
    await until("there are more than are looked up", async () => {
      // Many, since a slow machine makes hardly more calls in a second than are looked up in one.
      const flood = await Promise.all(Array.from({ length: 600 }, () => poll(newToken())));
      return flood.includes("ResourceExhausted") ? true : undefined;
    });
    expect(await poll(real)).toBe("ok");
  },

  "reads policies in batches, and mends or passes over what a hand has edited": async (door) => {
    const { stores, hand } = door.world;
    await stores.policyStore.put("checked", cpuPolicy(80), { updatedBy: "test" });
    await hand.put("policies", { serviceName: { S: "edited" }, targets: TYPED_TARGETS });
    await hand.put("policies", { serviceName: { S: "broken" }, targets: { S: "ON_CPU" } });
    const many = Array.from({ length: 250 }, (_, index) => `service-${index}`);
    const policies = ["checked", "edited", "broken", ...many].map((serviceName) => ({ serviceName }));
    const { agent } = clients(door);
    for (const _ of ["read", "from the cache"]) {
      const answered = servicesIn(await agent.queryPolicies({ policies })).map(({ ServiceName }) => ServiceName);
      expect(answered.sort()).toEqual(["checked", "edited"]);
    }
    expect((await hand.get("policies", { serviceName: { S: "edited" } }))?.uuid).toBeDefined();
    // A poll waits for that no longer than it must, so on a busy machine not every edit is kept.
    await until("an edit is kept in the history", async () => {
      const serviceName = uuidv7();
      await hand.put("policies", { serviceName: { S: serviceName }, targets: TYPED_TARGETS });
      await agent.queryPolicies({ policies: [{ serviceName }] });
      return hand.get("policyHistory", { serviceName: { S: serviceName }, revision: { S: "0000000000000001" } });
    });
  },

  "takes a report, and knows it when it comes again": async (door) => {
    const { agent } = clients(door);
    const report = goodReport();
    expect(taskIdIn(await agent.reportProfilingTask(report))).toBe(taskIdIn(await agent.reportProfilingTask(report)));
  },

  "lets in as many reports as a policy's budget has room for, and gives a place back that came to nothing": async (
    door,
  ) => {
    const { recorder, stores } = door.world;
    const { agent } = clients(door);
    const serviceName = uuidv7();
    const more = { updatedBy: "test", budget: { maxActive: 2 } };
    await stores.policyStore.put(serviceName, cpuPolicy(80), more);
    const report = () => outcomeOf(agent.reportProfilingTask(goodReport(serviceName)));
    expect(await report()).toBe("ok");
    recorder.setAway("sqs");
    try {
      expect(await report()).toBe("Unavailable");
    } finally {
      recorder.setAway();
    }
    expect([await report(), await report()]).toEqual(["ok", "ResourceExhausted"]);
  },

  "names profiles after their tasks": async (door) => {
    const { agent, upload } = clients(door);
    const { stores } = door.world;
    const { taskId: recorded } = await recordedTask(stores);
    const alias = uuidv7();
    await stores.reportStore.addAlias(alias, recorded);
    const reported = taskIdIn(await agent.reportProfilingTask(goodReport()));
    await upload([reported, recorded, alias, "unknown"].flatMap((taskId) => flushOf(taskId, [onCpu(3, "main")])));
  },

  "takes back what it has stored of a stream that breaks": async (door) => {
    const [first, second] = [uuidv7(), uuidv7()];
    const broken = [...flushOf(first, [onCpu(3, "main")]), ...flushOf(second, [onCpu(-1, "main")])];
    expect(await outcomeOf(clients(door).upload(broken))).toBe("InvalidArgument");
    await until("the file is deleted", async () => {
      const keys = await door.world.bucket.keys();
      return keys.some((key) => key.includes(first)) ? undefined : true;
    });
  },

  "keeps what an agent watches, in as many items as it takes": async (door) => {
    const { processes } = clients(door);
    const ebpfAgentID = uuidv7();
    const parts = async () => (await door.world.stores.agentStore.find(ebpfAgentID)).parts.length;
    const large = Array.from({ length: 110 }, (_, index) =>
      ping({ processName: `p${index}`, labels: Array.from({ length: 32 }, () => randomBytes(125).toString("hex")) }),
    );
    await processes.keepAlive({ ebpfAgentID, processes: large });
    expect(await parts()).toBeGreaterThan(1);
    await processes.keepAlive({ ebpfAgentID, processes: [ping()] });
    expect(await parts()).toBe(1);
  },

  "does nothing else while an engine is away": async (door) => {
    const { recorder } = door.world;
    const { agent, processes, upload } = clients(door);
    const outcomes = async () => [
      await outcomeOf(agent.queryPolicies({ policies: [{ serviceName: uuidv7() }] })),
      await outcomeOf(agent.reportProfilingTask(goodReport())),
      await outcomeOf(upload(flushOf(uuidv7(), [onCpu(3, "main")]))),
      await outcomeOf(processes.keepAlive({ ebpfAgentID: uuidv7(), processes: [ping()] })),
    ];
    try {
      recorder.setAway("sqs");
      expect(await outcomes()).toEqual(["ok", "Unavailable", "Unavailable", "ok"]);
      recorder.setAway("dynamodb");
      expect(await outcomes()).toEqual(["Unavailable", "ok", "ok", "ok"]);
      recorder.setAway("s3");
      expect(await outcomes()).toEqual(["ok", "ok", "Unavailable", "ok"]);
    } finally {
      recorder.setAway();
    }
  },
};

function clients({ transport, headers }: Pick<AgentDoor, "transport" | "headers">) {
  const agent = createClient(ContinuousProfilingService, transport);
  const processes = createClient(EBPFProcessService, transport);
  const profiling = createClient(EBPFProfilingService, transport);
  const options = { headers };
  return {
    agent: {
      queryPolicies: (query: Parameters<typeof agent.queryPolicies>[0]) => agent.queryPolicies(query, options),
      reportProfilingTask: (report: Parameters<typeof agent.reportProfilingTask>[0]) =>
        agent.reportProfilingTask(report, options),
    },
    processes: {
      keepAlive: (alive: Parameters<typeof processes.keepAlive>[0]) => processes.keepAlive(alive, options),
    },
    upload: (messages: readonly StackMessage[]) => profiling.collectProfilingData(streamOf(messages), options),
  };
}

async function* streamOf<T>(values: readonly T[]): AsyncIterable<T> {
  yield* values;
}
