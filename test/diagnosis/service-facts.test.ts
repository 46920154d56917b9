import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { LatestValue } from "../../shared/agent/measured-values.ts";
import { checkedValues } from "../../shared/diagnosis/checked-values.ts";
import { likelyReason } from "../../shared/diagnosis/likely-reason.ts";
import { gatherFacts } from "../../shared/diagnosis/service-facts.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { webhookTo } from "../support/collectors.ts";
import { openHandEdits } from "../support/hand-edits.ts";
import { cpuPolicy, goodReport, taskIdIn } from "../support/policies.ts";
import { startWorld, type World } from "../support/world.ts";

const NOBODY = "http://127.0.0.1:1/";
const now = Date.now();
const ago = (seconds: number): string => new Date(now - seconds * 1_000).toISOString();

let world: World;

beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

async function heard(serviceName: string, agentId: string, seenAt: string, values: LatestValue[]): Promise<void> {
  const names = { layer: "K8S", serviceName, instanceName: `pod-of-${agentId}`, processName: "java" };
  const processes = [{ ...names, labels: [], profilable: values.length > 0, values }];
  const isNew = { agent: undefined, parts: [], seenAt: undefined };
  expect(await world.services.agentStore.put({ agentId, seenAt, processes }, isNew)).toBe(true);
}

function cpu(value: number, at: string): LatestValue {
  return { type: "PROCESS_CPU", uri: "", value, at };
}

const factsOf = (serviceName: string) => gatherFacts(serviceName, { ...world.services, now });

describe("the facts of a service", () => {
  it("count agents as reaching it that were heard within ten minutes, and their values alone", async () => {
    await world.services.policyStore.put("checkout", cpuPolicy(80), { updatedBy: "ops" });
    await heard("checkout", "dead", ago(3_600), [cpu(99, ago(3_605))]);
    await heard("checkout", "just-silent", ago(601), []);
    await heard("checkout", "written-a-while-ago", ago(599), [cpu(12, ago(599))]);
    await heard("cart", "of-another", ago(60), []);
    await heard("payments", "dead-too", ago(3_600), []);
    const facts = await factsOf("checkout");
    expect(facts.agents.map(({ agentId }) => agentId)).toEqual(["written-a-while-ago"]);
    expect(facts.silentAgents.map(({ agentId }) => agentId)).toEqual(["dead", "just-silent"]);
    expect(facts.heardAgents).toBe(2);
    expect(facts.heardServices.toSorted()).toEqual(["cart", "checkout"]);
    expect(checkedValues(facts)).toMatchObject([
      { highest: { value: 12, instanceName: "pod-of-written-a-while-ago" } },
    ]);
    expect(likelyReason({ ...facts, now: now + 60_000 }, String).code).toBe("below-threshold"); // by when the policy is old
  });

  it("count values that were measured within ten minutes", async () => {
    await world.services.policyStore.put("search", cpuPolicy(80), { updatedBy: "ops" });
    await heard("search", "of-search", ago(60), [cpu(99, ago(601))]);
    const [check] = checkedValues(await factsOf("search"));
    expect(check).toMatchObject({ type: "PROCESS_CPU" });
    expect(check).not.toHaveProperty("highest");
  });

  it("tell collectors of tasks from collectors of profiles", async () => {
    const put = (name: string, events: ("tasks" | "profiles")[], services = ["checkout"]) =>
      world.services.collectorStore.put(webhookTo(NOBODY, { name, events, services }));
    await put("pager", ["tasks"]);
    await put("flames", ["profiles"]);
    await put("elsewhere", ["tasks", "profiles"], ["cart"]);
    const { collectors } = await factsOf("checkout");
    expect(collectors).toEqual({ tasks: ["pager"], profiles: ["flames"] });
    expect((await factsOf("search")).collectors).toEqual({ tasks: [], profiles: [] });
  });

  it("name every collector there is, and the invalid ones", async () => {
    const hand = openHandEdits(world);
    await hand.put("collectors", { name: { S: "bad" }, url: { S: "nowhere" } });
    hand.close();
    const { existingCollectors, invalidCollectors } = await factsOf("checkout");
    expect(existingCollectors).toEqual(["bad", "elsewhere", "flames", "pager"]);
    expect(invalidCollectors).toEqual(["bad"]);
  });

  it("name the collectors that are paused", async () => {
    await world.services.collectorHealth.pause("elsewhere", "for a move");
    expect((await factsOf("checkout")).pausedCollectors).toEqual(
      new Map([["elsewhere", { at: expect.stringMatching(/Z$/), reason: "for a move" }]]),
    );
    await world.services.collectorHealth.resume("elsewhere");
    expect((await factsOf("checkout")).pausedCollectors).toEqual(new Map());
  });

  it("know the tasks that take a place in the budget, where there is one", async () => {
    const report = { ...goodReport("bounded"), instanceName: "pod-1" };
    const more = { updatedBy: "ops", budget: { maxActive: 1 } };
    await world.services.policyStore.put("bounded", cpuPolicy(80), more);
    const answer = await world.grpc.call(ContinuousProfilingService.method.reportProfilingTask, report);
    const { activeTasks } = await factsOf("bounded");
    expect(
      [...activeTasks].map(([target, active]) => [target, ...[...active.values()].map(({ taskId }) => taskId)]),
    ).toEqual([["ON_CPU", taskIdIn(answer)]]);
    expect((await factsOf("checkout")).activeTasks.size).toBe(0);
  });

  it("name the other policies where the service has none", async () => {
    expect((await factsOf("chekout")).otherPolicies).toEqual(["bounded", "checkout", "search"]);
    expect((await factsOf("checkout")).otherPolicies).toEqual([]);
  });
});
