import { once } from "node:events";
import { createServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import { describe, expect, it } from "vitest";
import { repeat } from "../../server/demo/agent-loop.ts";
import { createGrpcCaller } from "../../server/demo/grpc-caller.ts";
import { connectNodeProfiler } from "../../server/demo/node-profiler.ts";
import { pollPolicy } from "../../server/demo/policy-poll.ts";
import { profileMessages } from "../../server/demo/profile-upload.ts";
import { runReferenceAgent } from "../../server/demo/reference-agent.ts";
import { startBusyProcess } from "../../server/demo/start-busy-process.ts";
import { createScopeFilter } from "../../shared/access/scope-filter.ts";
import { createProcessService } from "../../shared/agent/process-service.ts";
import type { WatchedProcess } from "../../shared/agent/watched-process.ts";
import { EBPFProcessService } from "../../shared/gen/ebpf/profiling/Process_pb.js";
import { createLogger } from "../../shared/log.ts";
import { noMetrics } from "../../shared/metrics.ts";
import { until } from "../support/until.ts";

/** Nobody listens there. */
const NOBODY = "127.0.0.1:1";

describe("a loop of the reference agent", () => {
  it("takes its next turn after a call that failed", async () => {
    const caller = createGrpcCaller(NOBODY);
    const failures: string[] = [];
    let turns = 0;
    const given = await repeat(
      1,
      async () => {
        turns += 1;
        if (turns === 3) return "done";
        await pollPolicy(caller, "checkout", { uuid: "", check: undefined });
        return undefined;
      },
      { signal: AbortSignal.timeout(10_000), onFailure: ({ message }) => failures.push(message) },
    );
    caller.close();
    expect(given).toBe("done");
    expect(failures).toEqual([expect.stringContaining("UNAVAILABLE"), expect.stringContaining("UNAVAILABLE")]);
  });

  it("ends with an answer that no agent could use", async () => {
    const turn = () => Promise.reject(new Error("names no task"));
    const failures: Error[] = [];
    const options = { signal: AbortSignal.timeout(10_000), onFailure: (error: Error) => failures.push(error) };
    await expect(repeat(1, turn, options)).rejects.toThrow("names no task");
    expect(failures).toEqual([]);
  });

  it("ends at once when it is aborted while it waits", async () => {
    const over = new AbortController();
    const ended = repeat(3_600_000, async () => void over.abort(), { signal: over.signal, onFailure: () => {} });
    expect(await ended).toBeUndefined();
  });
});

describe("the heartbeat of the reference agent", () => {
  it("keeps its process alive, and reports it anew every tenth time", async () => {
    const heard: string[] = [];
    const note = (what: string) => async (_agentId: string, processes: readonly WatchedProcess[]) => {
      heard.push(...processes.map(({ processName }) => `${what} ${processName}`));
    };
    const registry = { reported: note("reported"), keptAlive: note("kept alive") };
    const scopeFilter = createScopeFilter({ requireToken: false, log: createLogger("silent"), metrics: noMetrics });
    const server = createServer(
      connectNodeAdapter({
        routes: (router) => router.service(EBPFProcessService, createProcessService({ registry, scopeFilter })),
      }),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const caller = createGrpcCaller(`127.0.0.1:${(server.address() as AddressInfo).port}`);
    const over = new AbortController();
    const agent = runReferenceAgent({
      caller,
      watched: { pid: process.pid, serviceName: "checkout", instanceName: "pod-1", processName: "node" },
      inspectorUrl: `ws://${NOBODY}/`, // no policy, so nothing is profiled
      durationSeconds: 10,
      tell: () => {},
      signal: over.signal,
      everyMs: { heartbeat: 1 },
    });
    await until("two rounds", () => heard.length > 20 || undefined);
    over.abort();
    await agent;
    caller.close();
    server.close();
    const round = ["reported node", ...Array.from({ length: 9 }, () => "kept alive node")];
    expect(heard.slice(0, 21)).toEqual([...round, ...round, "reported node"]);
  });
});

describe("the messages of a flush", () => {
  const task = { taskId: "task", processId: "process", startedAt: 1_000, flushedAt: 6_000 };

  it("name the task only first, and carry one stack each with its samples", () => {
    const stacks = [
      { symbols: ["leaf", "root"], count: 2 },
      { symbols: ["root"], count: 1 },
    ];
    expect(profileMessages(task, stacks)).toEqual([
      {
        task: { taskId: "task", processId: "process", profilingStartTime: 1_000n, currentTime: 6_000n },
        profiling: {
          case: "onCPU",
          value: { stacks: [{ stackType: 1, stackId: 1, stackSymbols: ["leaf", "root"] }], dumpCount: 2 },
        },
      },
      {
        profiling: {
          case: "onCPU",
          value: { stacks: [{ stackType: 1, stackId: 2, stackSymbols: ["root"] }], dumpCount: 1 },
        },
      },
    ]);
  });

  it("are none when nothing was sampled", () => {
    expect(profileMessages(task, [])).toEqual([]);
  });
});

describe("profiling through the inspector", () => {
  it("fails with the reason if nobody answers there", async () => {
    await expect(connectNodeProfiler(`ws://${NOBODY}/`, 9_000)).rejects.toThrow(
      "the process cannot be profiled through its inspector at ws://127.0.0.1:1/",
    );
  });

  it("fails with the reason if the process ends meanwhile", async () => {
    const busy = await startBusyProcess();
    const profiler = await connectNodeProfiler(busy.inspectorUrl, 9_000);
    await profiler.start();
    busy.kill();
    await expect(profiler.flush()).rejects.toThrow("the process cannot be profiled through its inspector");
  });
});
