import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RecordingCollector, startRecordingCollector } from "../../server/demo/recording-collector.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { EBPFProcessService } from "../../shared/gen/ebpf/profiling/Process_pb.js";
import { EBPFProfilingService } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
import { MeterReportService } from "../../shared/gen/language-agent/Meter_pb.js";
import { hostProcess, meter } from "../support/agents.ts";
import { type Cli, cliOf, steersTerminal } from "../support/cli.ts";
import { SECRET, webhookTo } from "../support/collectors.ts";
import { openHandEdits } from "../support/hand-edits.ts";
import { cpuPolicy, goodReport, taskIdIn } from "../support/policies.ts";
import { flushOf, onCpu } from "../support/stacks.ts";
import { until } from "../support/until.ts";
import { startWorld, type World } from "../support/world.ts";

let world: World;
let cli: Cli;
let collector: RecordingCollector;

beforeAll(async () => {
  world = await startWorld();
  cli = cliOf(world);
  collector = await startRecordingCollector(SECRET);
});
afterAll(async () => {
  await world.stop();
  await collector.close();
});

/** The verb's output, and the sentence that it ends with. */
async function why(service: string, ...args: string[]): Promise<{ text: string; reason: string }> {
  const { code, stdout, stderr } = await cli(["why", service, "--server", world.httpUrl, ...args]);
  expect(stderr).toBe("");
  expect(code).toBe(0);
  return { text: stdout, reason: /^Likely reason: (.*)$/m.exec(stdout)?.[1] ?? "" };
}

async function report(serviceName: string): Promise<string> {
  return taskIdIn(
    await world.grpc.call(ContinuousProfilingService.method.reportProfilingTask, goodReport(serviceName)),
  );
}

describe("why", { timeout: 60_000 }, () => {
  it("follows a service from nothing to a delivered profile", async () => {
    expect((await why("checkout")).reason).toContain("no policy for checkout");

    await world.services.policyStore.put("checkout", cpuPolicy(80), { updatedBy: "ops" });
    const unheard = await why("checkout");
    expect(unheard.text).toMatch(/^policy +applied, revision 1, since .* by ops$/m);
    expect(unheard.text).toMatch(/ON_CPU: process CPU ≥ 80 % in 3 of 10 s; not measured lately/);
    expect(unheard.reason).toContain("No agent has been heard");

    const processes = [hostProcess(42)];
    await world.grpc.call(EBPFProcessService.method.reportProcesses, { ebpfAgentID: "node-1", processes });
    await world.grpc.stream(MeterReportService.method.collectBatch, [
      { meterData: [meter("rover_con_p_process_cpu", 12.5, Date.now())] },
    ]);
    const heard = await why("checkout");
    expect(heard.text).toMatch(/^reaches +1 process through 1 agent/m);
    expect(heard.text).toMatch(/^node-1 +\d+ s ago +pod-1 +java +42 +yes$/m);
    expect(heard.text).toMatch(/highest 12.5 % in java \(\d+ s ago\)/);

    await report("checkout");
    await until("the task is recorded", async () => (await world.services.taskStore.list({ limit: 1 }))[0]);
    const lonely = await why("checkout");
    expect(lonely.text).toMatch(/^triggers +ON_CPU 1 in the last 48 hours; no collector takes its tasks or profiles$/m);
    expect(lonely.reason).toContain(
      "no collector takes its tasks or profiles; `npx flashpoint --local collectors set NAME --url URL` adds one",
    );

    await world.services.collectorStore.put(webhookTo(collector.url, { name: "hook", events: ["tasks", "profiles"] }));
    const taskId = await until("the collector is known", async () => {
      const id = await report("checkout");
      const record = await until("recorded", () => world.services.taskStore.get(id));
      return "hook" in record.deliveries ? id : undefined;
    });
    await world.grpc.stream(
      EBPFProfilingService.method.collectProfilingData,
      flushOf(taskId, [onCpu(3, "leaf", "main")]),
    );
    await until("the profile is delivered", async () => {
      const [profile] = await world.services.profileStore.list(taskId);
      return profile?.deliveries.hook?.status === "delivered" ? true : undefined;
    });
    const delivered = await why("checkout");
    expect(delivered.text).toContain("in the last 48 hours; tasks go to hook, profiles to hook\n");
    expect(delivered.text).toMatch(
      new RegExp(
        `^${taskId} +\\d+ s ago +ON_CPU +process CPU 93.5 % ≥ 80 % +hook delivered +1, 1 of 1 delivered$`,
        "m",
      ),
    );
    expect(delivered.reason).toMatch(/^It did fire, ON_CPU for java in pod-1, last \d+ s ago/);
  });

  it("tells how much of a budget is used, and that it is full", async () => {
    const budget = { maxActive: 2 };
    await world.services.policyStore.put("bounded", cpuPolicy(80), { updatedBy: "ops", budget });
    await world.services.collectorStore.put(webhookTo(collector.url, { name: "hook", events: ["tasks", "profiles"] }));
    await report("bounded");
    expect((await why("bounded")).text).toMatch(/^budget {5}1 of 2 ON_CPU tasks active$/m);
    const json = async () => JSON.parse((await why("bounded", "--json")).text);
    expect(await json()).toMatchObject({ budget: [{ target: "ON_CPU", active: 1, maxActive: 2, freeAt: null }] });

    await report("bounded");
    await expect(report("bounded")).rejects.toThrow(/budget of bounded is full: 2 of 2 ON_CPU tasks are active/);
    const tasks = await until("both are delivered", async () => {
      const records = await world.services.taskStore.list({ serviceName: "bounded", limit: 9 });
      return records.filter(({ deliveries }) => deliveries.hook?.status === "delivered").length === 2
        ? records
        : undefined;
    });
    const full = await why("bounded");
    expect(full.text).toMatch(/^budget {5}2 of 2 ON_CPU tasks active; there is room in 10 min$/m);
    expect(full.reason).toMatch(
      /^It did fire, last \d+ s ago, and its budget is full: 2 of 2 ON_CPU tasks are active, /,
    );
    expect(full.reason).toContain("`npx flashpoint --local policies set bounded -f FILE`");
    const { budget: used, reason } = await json();
    expect(reason.code).toBe("budget-full");
    const firstReported = Math.min(...tasks.map(({ task }) => Number(task.reportedAt?.seconds)));
    expect(Math.floor(Date.parse(used[0].freeAt) / 1_000)).toBe(firstReported + 600);
    expect((await why("checkout")).text).not.toMatch(/^budget/m);
  });

  it("prints JSON with all that it knows", async () => {
    const { text } = await why("checkout", "--json");
    expect(JSON.parse(text)).toMatchObject({
      serviceName: "checkout",
      reason: { code: "fired" },
      policy: { state: "valid", policy: { revision: 1 } },
      checks: [{ target: "ON_CPU", type: "PROCESS_CPU", threshold: 80, highest: { value: 12.5, processName: "java" } }],
      agents: [{ agentId: "node-1", processes: [{ pid: 42, processName: "java" }] }],
      silentAgents: [],
      collectors: { tasks: ["hook"], profiles: ["hook"] },
      ...{ values: "live", server: world.httpUrl },
      tasks: expect.arrayContaining([
        expect.objectContaining({ profiles: { profiles: 1, delivered: 1, deliveries: 1 } }),
      ]),
    });
  });

  it("names a service that an agent does watch, where the one asked for is not", async () => {
    await world.services.policyStore.put("CHECKOUT", cpuPolicy(80), { updatedBy: "ops" });
    expect((await why("CHECKOUT")).reason).toMatch(/No agent watches a process of CHECKOUT; one does watch checkout/);
  });

  it("sees no fault in a collector that takes profiles only", async () => {
    await world.services.policyStore.put("search", cpuPolicy(80), { updatedBy: "ops" });
    const flames = { name: "flames", services: ["search"], events: ["profiles" as const] };
    await world.services.collectorStore.put(webhookTo(collector.url, flames));
    await world.services.collectorStore.put(webhookTo(collector.url, { name: "hook", services: ["checkout"] }));
    const taskId = await report("search");
    await until("the task is recorded", () => world.services.taskStore.get(taskId));
    const { text, reason } = await why("search");
    expect(text).toContain("; tasks go to nobody, profiles to flames\n");
    expect(reason).not.toContain("no collector");
  });

  it("counts agents that are heard no longer in one line", async () => {
    const processes = ["a", "b"].map((processName) => ({
      ...{ layer: "K8S", serviceName: "checkout", instanceName: "pod-0", processName, labels: [] },
      values: [],
    }));
    for (const agentId of ["gone-1", "gone-2"]) {
      const seenAt = new Date(Date.now() - 3_600_000).toISOString();
      const isNew = { agent: undefined, parts: [], seenAt: undefined };
      await world.services.agentStore.put({ agentId, seenAt, processes }, isNew);
    }
    const { text } = await why("checkout");
    expect(text).toMatch(/^reaches +1 process through 1 agent /m);
    expect(text).toMatch(/^… and 2 agents that were heard in the last two days but no longer$/m);
    expect(text).not.toContain("gone-");
    const { silentAgents } = JSON.parse((await why("checkout", "--json")).text);
    expect(silentAgents).toMatchObject([{ agentId: "gone-1" }, { agentId: "gone-2" }]);
  });

  it("says whether values are live, and uses what is stored if no server answers", async () => {
    expect((await why("checkout")).text).toContain(`\nvalues     live from ${world.httpUrl}, else as stored\n`);
    const nobody = ["--server", "http://127.0.0.1:1"];
    const { code, stdout } = await cli(["why", "checkout", ...nobody]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^values +as stored; the server at http:\/\/127\.0\.0\.1:1 did not answer$/m);
    expect(stdout).toMatch(/^Likely reason: It did fire/m);
    const json = JSON.parse((await cli(["--json", "why", "checkout", ...nobody])).stdout);
    expect(json).toMatchObject({ values: "stored", server: "http://127.0.0.1:1" });
  });

  it("asks whether a service of a similar name is meant", async () => {
    expect((await why("serch")).reason).toBe("There is no policy for serch; there is one for search: is that the one?");
  });

  it("shows which URIs an HTTP check looks at, and the one of its highest value", async () => {
    const check = { threshold: "250", period: 10, count: 3, uriList: [], uriRegex: "" };
    const targets = {
      NETWORK: { HTTP_AVG_RESPONSE_TIME: { ...check, uriList: ["/a", "/b", "/cart", "/d"] } },
      ON_CPU: { HTTP_ERROR_RATE: { ...check, threshold: "5", uriRegex: "^/api/" } },
    };
    await world.services.policyStore.put("slow", targets, { updatedBy: "edited by hand" });
    const processes = [hostProcess(43, { serviceName: "slow" })];
    await world.grpc.call(EBPFProcessService.method.reportProcesses, { ebpfAgentID: "node-slow", processes });
    const labels = { service: "slow", uri: "/cart" };
    await world.grpc.stream(MeterReportService.method.collectBatch, [
      { meterData: [meter("rover_con_p_http_avg_response_time", 300, Date.now(), labels)] },
    ]);
    const { text } = await why("slow");
    expect(text).toMatch(/^policy +applied, revision 1, since \S+ \(\d+ s ago\) edited by hand$/m);
    expect(text).toMatch(
      /NETWORK: HTTP response time of \/a, \/b, \/cart and 1 more ≥ 250 ms in 3 of 10 s; highest 300 ms of \/cart in java/,
    );
    expect(text).toContain("ON_CPU: HTTP error rate of what matches ^/api/ ≥ 5 %");
  });

  it("counts the services that agents watch instead, and marks invalid collectors", async () => {
    await world.services.policyStore.put("lonely", cpuPolicy(80), { updatedBy: "ops" });
    const hand = openHandEdits(world);
    await hand.put("collectors", { name: { S: "bad" }, services: { L: [{ S: "lonely" }] } });
    hand.close();
    const { text } = await why("lonely");
    expect(text).toMatch(/^reaches +no process; agents watch \d+ other services$/m);
    expect(text).toContain("; tasks go to bad (invalid), profiles to nobody\n");
    expect(JSON.parse((await why("lonely", "--json")).text)).toMatchObject({ invalidCollectors: ["bad"] });
  });

  it("marks paused collectors", async () => {
    await world.services.policyStore.put("moving", cpuPolicy(80), { updatedBy: "ops" });
    const hook = webhookTo("http://127.0.0.1:1/", { name: "moving-hook", services: ["moving"] });
    await world.services.collectorStore.put(hook);
    await world.services.collectorHealth.pause("moving-hook", "for a move");
    expect((await why("moving")).text).toContain("tasks go to moving-hook (paused)");
    expect(JSON.parse((await why("moving", "--json")).text)).toMatchObject({ pausedCollectors: ["moving-hook"] });
    await world.services.collectorStore.delete("moving-hook");
  });

  it("takes no blank service", async () => {
    const { code, stdout, stderr } = await cli(["why", ""]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("service name is not valid");
  });

  it("shows names that would steer a terminal, and does not obey them", async () => {
    const evil = "evil\u001b[2J";
    const processes = [hostProcess(7, { serviceName: evil, processName: "java\r\u0007" })];
    await world.grpc.call(EBPFProcessService.method.reportProcesses, { ebpfAgentID: "node-\u001b[31m", processes });
    await world.services.policyStore.put(evil, cpuPolicy(80), { updatedBy: "ops\u009b" });
    await report(evil);
    await until("recorded", async () => (await world.services.taskStore.list({ serviceName: evil, limit: 1 }))[0]);
    const { text } = await why(evil);
    expect(text).toContain("java\\u000d\\u0007");
    expect(steersTerminal(text)).toBe(false);
  });
});
