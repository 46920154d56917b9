import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { describe, expect, it } from "vitest";
import type { StoredProcess } from "../../shared/agent/agent-item.ts";
import type { Deliveries, Delivery } from "../../shared/deliveries/delivery.ts";
import type { CommandLine } from "../../shared/diagnosis/command-line.ts";
import { likelyReason } from "../../shared/diagnosis/likely-reason.ts";
import type { ServiceFacts, TriggeredTask, WatchingAgent } from "../../shared/diagnosis/service-facts.ts";
import { CollectedProfileSchema } from "../../shared/gen/flashpoint/v1/profile_pb.js";
import { ProfilingTarget, ProfilingTaskSchema } from "../../shared/gen/flashpoint/v1/task_pb.js";
import type { StoredPolicy } from "../../shared/policies/policy-item.ts";
import type { ProfileRecord } from "../../shared/profiles/profile-item.ts";
import { cpuPolicy } from "../support/policies.ts";

const NOW = Date.UTC(2026, 0, 31, 12, 0, 0);
const ago = (seconds: number): string => new Date(NOW - seconds * 1_000).toISOString();

function policyOf(threshold = 80, ageSeconds = 3_600): StoredPolicy {
  const policy = { serviceName: "checkout", targets: cpuPolicy(threshold), uuid: "u", revision: 1, updatedBy: "ops" };
  return { state: "valid", policy: { ...policy, updatedAt: ago(ageSeconds) }, staleUuid: false };
}

function agentOf(changes: Partial<WatchingAgent> = {}, process: Partial<StoredProcess> = {}): WatchingAgent {
  const names = { layer: "K8S", serviceName: "checkout", instanceName: "pod-1", processName: "java" };
  return {
    agentId: "node-1",
    seenAt: ago(60),
    processes: [{ ...names, labels: [], values: [], ...process }],
    ...changes,
  };
}

function cpu(value: number): Partial<StoredProcess> {
  return { values: [{ type: "PROCESS_CPU", uri: "", value, at: ago(5) }] };
}

function delivery(status: Delivery["status"], lastError?: string): Delivery {
  return { status, attempts: 1, at: ago(1), ...(lastError !== undefined && { lastError }) };
}

function taskOf(ageSeconds: number, changes: Partial<TriggeredTask> = {}): TriggeredTask {
  const task = create(ProfilingTaskSchema, {
    ...{ taskId: "t", instanceName: "pod-1", processName: "java", target: ProfilingTarget.ON_CPU },
    reportedAt: timestampFromMs(NOW - ageSeconds * 1_000),
  });
  return { task, deliveries: { hook: delivery("delivered") }, profiles: [], ...changes };
}

function profileOf(deliveries: Deliveries): ProfileRecord {
  return { profile: create(CollectedProfileSchema), deliveries, isApart: false };
}

const commandLine: CommandLine = (...words) => ["flashpoint --local", ...words].join(" ");

function reasonOf(changes: Partial<ServiceFacts>): { code: string; text: string } {
  const facts: ServiceFacts = {
    serviceName: "checkout",
    now: NOW,
    policy: policyOf(),
    otherPolicies: [],
    agents: [agentOf({}, cpu(12))],
    silentAgents: [],
    heardAgents: 1,
    heardServices: ["checkout"],
    tasks: [],
    activeTasks: new Map(),
    collectors: { tasks: ["hook"], profiles: [] },
    existingCollectors: ["hook", "pager", "flames"],
    invalidCollectors: [],
    pausedCollectors: new Map(),
    live: undefined,
    ...changes,
  };
  return likelyReason(facts, commandLine);
}

describe("the likely reason", () => {
  it("is that there is no policy, whatever else is missing", () => {
    const { code, text } = reasonOf({ policy: undefined, agents: [], heardAgents: 0, tasks: [taskOf(10)] });
    expect(code).toBe("no-policy");
    expect(text).toContain("policies set checkout -f FILE");
  });

  it("is that there is no policy, and which name may be meant", () => {
    const chekout = { serviceName: "chekout", policy: undefined, agents: [] };
    expect(reasonOf({ ...chekout, otherPolicies: ["cart", "checkout"] }).text).toBe(
      "There is no policy for chekout; there is one for checkout: is that the one?",
    );
    expect(reasonOf({ ...chekout, heardServices: ["cart", "checkout"] }).text).toBe(
      "There is no policy for chekout; agents do watch checkout: is that the one?",
    );
    expect(reasonOf({ ...chekout, heardServices: ["chekout", "checkout"] }).text).toContain("policies set chekout");
    expect(reasonOf({ ...chekout, otherPolicies: ["payments"], heardServices: [] }).text).toContain("policies set");
  });

  it("is that there is no policy, and that an agent may hold an older one where it fired lately", () => {
    const fired = (ageSeconds: number) =>
      reasonOf({ policy: undefined, otherPolicies: ["checkout2"], tasks: [taskOf(ageSeconds)] }).text;
    expect(fired(1_199)).toMatch(
      /^There is no policy for checkout, yet it fired 20 min ago: an agent may still hold an older policy; `flashpoint --local policies set/,
    );
    expect(fired(1_200)).toMatch(/^There is no policy for checkout; `flashpoint --local policies set/);
  });

  it("is that the policy is invalid, and what is wrong with it", () => {
    const faults = [{ path: "targets.ON_CPU", problem: "is 7; it takes an object" }];
    const { code, text } = reasonOf({ policy: { state: "invalid", serviceName: "checkout", faults } });
    expect(code).toBe("invalid-policy");
    expect(text).toContain("targets.ON_CPU is 7; it takes an object");
  });

  it("is that it did fire, and what, while the agent leaves the process alone", () => {
    expect(reasonOf({ tasks: [taskOf(32), taskOf(20_000)] })).toEqual({
      code: "fired",
      text: "It did fire, ON_CPU for java in pod-1, last 32 s ago; an agent leaves that process alone for 20 minutes.",
    });
    expect(reasonOf({ tasks: [taskOf(1_199)] }).code).toBe("fired");
    expect(reasonOf({ tasks: [taskOf(1_200)] }).code).toBe("below-threshold");
  });

  describe("is that the budget is full", () => {
    const bounded = (maxActive: number): StoredPolicy => {
      const stored = policyOf();
      if (stored.state !== "valid") throw new Error("a policy that is valid");
      return { ...stored, policy: { ...stored.policy, budget: { maxActive } } };
    };
    const activeFor = (...seconds: number[]) => {
      const tasks = seconds.map((left, index) => [
        `slot ${index}`,
        { taskId: `t${index}`, reportedAt: NOW, endsAt: NOW + left * 1_000 },
      ]);
      return new Map([["ON_CPU", new Map(tasks as [string, never][])]]);
    };

    it("while as many are active as may be, and when there is room", () => {
      expect(reasonOf({ policy: bounded(2), activeTasks: activeFor(90, 600), tasks: [taskOf(32)] })).toEqual({
        code: "budget-full",
        text:
          "It did fire, last 32 s ago, and its budget is full: 2 of 2 ON_CPU tasks are active, so more reports are " +
          "refused; there is room in 90 s, or now with a larger maxActive: `flashpoint --local policies set checkout -f FILE`.",
      });
      // Lowered since: both have to end.
      expect(reasonOf({ policy: bounded(1), activeTasks: activeFor(90, 600) }).text).toMatch(
        /^Its budget is full: 2 of 1 ON_CPU tasks are active, .*; there is room in 10 min, /,
      );
    });

    it("not while there is room, or the tasks are of a target that the policy has no more", () => {
      const tasks = [taskOf(32)];
      expect(reasonOf({ policy: bounded(3), activeTasks: activeFor(90, 600), tasks }).code).toBe("fired");
      expect(reasonOf({ activeTasks: activeFor(90, 600), tasks }).code).toBe("fired");
      const others = new Map([...activeFor(90)].map(([, active]) => ["NETWORK", active] as const));
      expect(reasonOf({ policy: bounded(1), activeTasks: others, tasks }).code).toBe("fired");
    });

    it("not where a collector goes without, or no agent is left that could report", () => {
      const full = { policy: bounded(1), activeTasks: activeFor(90) };
      const stuck = taskOf(32, { deliveries: { hook: delivery("retrying", "status 503") } });
      expect(reasonOf({ ...full, tasks: [stuck] }).code).toBe("fired-not-delivered");
      const silent = { agents: [], silentAgents: [agentOf({ seenAt: ago(3_600) })] };
      expect(reasonOf({ ...full, ...silent }).code).toBe("agents-silent");
    });
  });

  it("is what keeps it from firing now, where it fired longer ago, and says when that was", () => {
    const tasks = [taskOf(47 * 3_600)];
    const below = "It last fired 47 h ago; since then: nothing crossed its threshold: closest is process CPU";
    expect(reasonOf({ tasks })).toMatchObject({ code: "below-threshold", text: expect.stringContaining(below) });
    const away = { agents: [], silentAgents: [agentOf({ seenAt: ago(7_200) })] };
    expect(reasonOf({ tasks, ...away })).toMatchObject({
      code: "agents-silent",
      text: expect.stringMatching(
        /^It last fired 47 h ago; since then: the agent that watched it was last heard 2 h ago/,
      ),
    });
    const lately = reasonOf({ tasks: [taskOf(300)], ...away });
    expect(lately.code).toBe("agents-silent");
    expect(lately.text).toMatch(/^It last fired 5 min ago; since then: the agent that watched it was last heard/);
    expect(reasonOf({ tasks, policy: undefined }).code).toBe("no-policy");
    const retrying = { deliveries: { hook: delivery("retrying", "answered 503") } };
    expect(reasonOf({ tasks: [taskOf(47 * 3_600, retrying)] }).code).toBe("fired-not-delivered");
  });

  it("is only that it did fire, where nothing tells why it has not since", () => {
    const earlier = (...tasks: TriggeredTask[]) => reasonOf({ tasks, agents: [agentOf()] });
    expect(earlier(taskOf(47 * 3_600))).toEqual({
      code: "fired-earlier",
      text: "It did fire, once in the last 48 hours, last 47 h ago; what agents measure of it now is not known here.",
    });
    expect(earlier(taskOf(10_000), taskOf(20_000), taskOf(30_000)).text).toContain("3 times");
  });

  it("is that what fired last did not reach a collector, as task or as profile", () => {
    const dropped = { deliveries: { pager: delivery("dropped", "answered 410") } };
    expect(reasonOf({ tasks: [taskOf(10, dropped)] })).toMatchObject({
      code: "fired-not-delivered",
      text: expect.stringMatching(/collector pager did not get everything: dropped, answered 410/),
    });
    const refused = { deliveries: { pager: delivery("dead", "gave up after 11 attempts: answered 503") } };
    expect(reasonOf({ tasks: [taskOf(10, refused)] })).toMatchObject({
      code: "fired-not-delivered",
      text: expect.stringMatching(
        /pager did not get everything: dead, gave up after 11 attempts: answered 503; pager has dead deliveries: /,
      ),
    });
    const flames = profileOf({ flames: delivery("retrying", "answered 503") });
    expect(reasonOf({ tasks: [taskOf(10, { profiles: [flames] })] }).text).toMatch(/flames.*retrying, answered 503/);
    expect(reasonOf({ tasks: [taskOf(10), taskOf(20, dropped)] }).code).toBe("fired");
  });

  it("counts the collectors that did not get everything, and names the first", () => {
    const failing = { hook: delivery("delivered"), pager: delivery("dropped", "answered 410") };
    const profiles = [1, 2].map(() => profileOf({ flames: delivery("retrying", "answered 503") }));
    expect(reasonOf({ tasks: [taskOf(10, { deliveries: failing, profiles })] }).text).toBe(
      "It did fire, last 10 s ago, but collector pager and 1 more did not get everything: pager dropped, answered 410.",
    );
  });

  it("says what to do about the collector: mend it, or resume it; and a long reason stays short", () => {
    const reason = `answered 500:\n${"no ".repeat(200)}`;
    const [task, profile] = [{ hook: delivery("dead", reason) }, { hook: delivery("retrying", reason) }];
    const tasks = [taskOf(10, { deliveries: task, profiles: [profileOf(profile)] })];
    const mend = reasonOf({ tasks }).text;
    expect(mend).toContain("hook did not get everything: retrying, answered 500: no no no");
    expect(mend).toMatch(
      /…; hook has dead deliveries: once it is mended, `flashpoint --local deliveries redrive --collector hook` sends them again\.$/,
    );
    expect(mend.length).toBeLessThan(300);
    const pausedCollectors = new Map([["hook", { at: ago(5), reason: "answered 410" }]]);
    expect(reasonOf({ tasks, pausedCollectors }).text).toMatch(
      /; hook is paused \(answered 410\): `flashpoint --local collectors resume hook`, then `flashpoint --local deliveries redrive --collector hook`\.$/,
    );
    const waiting = [taskOf(10, { deliveries: { hook: delivery("retrying", "answered 503") } })];
    expect(reasonOf({ tasks: waiting }).text).toMatch(/retrying, answered 503\.$/);
  });

  it("is nothing of collectors that were deleted since, unless nobody is left", () => {
    const gone = { gone: delivery("dropped", "the collector was deleted") };
    expect(reasonOf({ tasks: [taskOf(10, { deliveries: { ...gone, hook: delivery("delivered") } })] }).code).toBe(
      "fired",
    );
    const alone = reasonOf({ tasks: [taskOf(10, { deliveries: gone })], collectors: { tasks: [], profiles: [] } });
    expect(alone.code).toBe("fired-nobody-listens");
    expect(alone.text).not.toContain("gone");
  });

  it("is that it fired but nobody takes its tasks or its profiles", () => {
    const nobody = { tasks: [], profiles: [] };
    const alone = taskOf(10, { deliveries: {}, profiles: [profileOf({})] });
    expect(reasonOf({ tasks: [alone], collectors: nobody })).toMatchObject({
      code: "fired-nobody-listens",
      text: expect.stringContaining(
        "no collector takes its tasks or profiles; `flashpoint --local collectors set NAME --url URL` adds one",
      ),
    });
    expect(reasonOf({ tasks: [taskOf(10)], collectors: nobody }).code).toBe("fired");
    const profiled = { ...alone, profiles: [profileOf({ flames: delivery("delivered") })] };
    expect(reasonOf({ tasks: [profiled], collectors: nobody }).code).toBe("fired");
    for (const added of [{ tasks: ["added-since"] }, { profiles: ["added-since"] }]) {
      expect(reasonOf({ tasks: [alone], collectors: { ...nobody, ...added } }).code).toBe("fired");
    }
  });

  it("is that no agent is heard, or none that watches the service", () => {
    expect(reasonOf({ agents: [], heardAgents: 0, heardServices: [] }).code).toBe("no-agent");
    expect(reasonOf({ agents: [], heardServices: [] }).code).toBe("not-watched");
    expect(reasonOf({ agents: [], heardServices: ["payments"] })).toMatchObject({
      code: "not-watched",
      text: expect.stringContaining("No agent watches a process of checkout"),
    });
    expect(reasonOf({ agents: [], heardServices: ["payments", "shop::Checkout"] }).text).toContain("shop::Checkout");
  });

  it("names no blank service as one that may be meant", () => {
    for (const blank of ["", " "]) {
      expect(reasonOf({ agents: [], heardServices: [blank] }).text).not.toContain("is that the one");
      expect(reasonOf({ agents: [], heardServices: [blank, "Checkout"] }).text).toContain("one does watch Checkout:");
    }
  });

  it("is that every agent that watched it has gone silent", () => {
    const old = agentOf({ seenAt: ago(3_600) }, cpu(12));
    const older = agentOf({ seenAt: ago(7_200) }, cpu(12));
    expect(reasonOf({ agents: [], silentAgents: [older, old] })).toMatchObject({
      code: "agents-silent",
      text: expect.stringContaining("The 2 agents that watched it were last heard 60 min ago"),
    });
    expect(reasonOf({ agents: [], heardAgents: 0, silentAgents: [old] }).code).toBe("agents-silent");
    expect(reasonOf({ silentAgents: [old] }).code).toBe("below-threshold");
  });

  it("is that its processes cannot be profiled", () => {
    expect(reasonOf({ agents: [agentOf({}, { profilable: false })] }).code).toBe("not-profilable");
    const one = agentOf({}, { profilable: false });
    expect(reasonOf({ agents: [one, agentOf({}, { profilable: true })] }).code).toBe("nothing-measured");
  });

  it("is that the policy is too new: a poll or two, and then `count` samples", () => {
    expect(reasonOf({ policy: policyOf(80, 22) })).toMatchObject({
      code: "policy-too-new",
      text: expect.stringContaining("22 s old; it takes up to 23 s"),
    });
    expect(reasonOf({ policy: policyOf(80, 24) }).code).toBe("below-threshold");
  });

  it("is that nothing crossed, and how close it came", () => {
    const agents = [agentOf({}, cpu(12)), agentOf({ agentId: "node-2" }, { ...cpu(79.996), processName: "nginx" })];
    expect(reasonOf({ agents })).toMatchObject({
      code: "below-threshold",
      text: expect.stringMatching(/closest is process CPU, last at 79.99 % of 80 % in nginx/),
    });
  });

  it("is that it crossed, but not for long enough", () => {
    expect(reasonOf({ agents: [agentOf({}, cpu(80))] }).code).toBe("not-long-enough");
    expect(reasonOf({ agents: [agentOf({}, cpu(97))] }).text).toBe(
      "Process CPU is at 97 % in java, over its threshold of 80 %, but has not been reported: it must be there in " +
        "3 of 10 seconds.",
    );
  });

  it("is that all agents are silent, rather than what became of a trigger long before", () => {
    const silentAgents = [agentOf({ seenAt: ago(86_400) })];
    const stuck = { deliveries: { hook: delivery("dropped", "answered 410") } };
    const reasonAfter = (task: TriggeredTask, collectors = { tasks: ["hook"], profiles: [] as string[] }) =>
      reasonOf({ agents: [], silentAgents, tasks: [task], collectors }).code;
    expect(reasonAfter(taskOf(40 * 3_600, stuck))).toBe("agents-silent");
    expect(reasonAfter(taskOf(40 * 3_600, { deliveries: {} }), { tasks: [], profiles: [] })).toBe("agents-silent");
    expect(reasonAfter(taskOf(60, stuck))).toBe("fired-not-delivered");
  });

  it("names the URI of what was measured, and heeds those alone that the check looks at", () => {
    const slow = (uri: string, value: number) => ({ type: "HTTP_AVG_RESPONSE_TIME", uri, value, at: ago(5) }) as const;
    const agents = [agentOf({}, { values: [slow("global", 290), slow("/cart", 300), slow("/pay", 700)] })];
    const textFor = (filter: { uriList?: string[]; uriRegex?: string }): string => {
      const check = { threshold: "250", period: 10, count: 3, uriList: [], uriRegex: "", ...filter };
      const stored = policyOf();
      if (stored.state !== "valid") throw new Error("not a valid policy");
      const policy = { ...stored.policy, targets: { NETWORK: { HTTP_AVG_RESPONSE_TIME: check } } };
      return reasonOf({ policy: { ...stored, policy }, agents }).text;
    };
    expect(textFor({ uriList: ["/cart"] })).toMatch(/^HTTP response time of \/cart is at 300 ms in java, over its/);
    expect(textFor({ uriRegex: "/pay" })).toContain("HTTP response time of /pay is at 700 ms");
    expect(textFor({})).toContain("HTTP response time is at 290 ms");
  });

  it("is that nothing was measured, where nothing else is known", () => {
    expect(reasonOf({ agents: [agentOf()] }).code).toBe("nothing-measured");
    const threads = { values: [{ type: "PROCESS_THREAD_COUNT", uri: "", value: 9_000, at: ago(5) }] } as const;
    expect(reasonOf({ agents: [agentOf({}, threads)] }).code).toBe("nothing-measured");
  });

  it("advises to ask a server only if none was asked", () => {
    const unknown = (values?: []) => reasonOf({ agents: [agentOf()], live: { server: "http://flashpoint", values } });
    expect(reasonOf({ agents: [agentOf()] }).text).toContain("--server");
    expect(unknown([]).text).toMatch(/is active\.$/);
    expect(unknown().text).toMatch(/why the server did not answer\.$/);
  });

  it("is one sentence, for a person", () => {
    const texts = [
      { policy: undefined },
      { agents: [], heardAgents: 0 },
      { agents: [], heardServices: ["Checkout"] },
      { tasks: [taskOf(3)] },
      { tasks: [taskOf(3_600)] },
      {},
      { agents: [agentOf()] },
    ].map((changes) => reasonOf(changes).text);
    for (const text of texts) expect(text).toMatch(/^[A-Z].*[.?]$/);
  });
});
