import { hostname } from "node:os";
import { type AgentEvent, describeAgentEvent } from "./agent-event.ts";
import { addUp, type CountedStack, foldedLine, samplesIn } from "./counted-stack.ts";
import { startDemoBackend } from "./demo-backend.ts";
import { createGrpcCaller } from "./grpc-caller.ts";
import { FLUSH_MS } from "./profile-upload.ts";
import { receiveProfiles, receiveTask } from "./received-events.ts";
import { runReferenceAgent } from "./reference-agent.ts";
import { startBusyProcess } from "./start-busy-process.ts";
import { functionTable, topFunctions } from "./top-functions.ts";

/** The demo gives up after this long, whatever happens. */
const LIMIT_MS = 60_000;
const SERVICE = "demo-checkout";
/** Agents profile for ten minutes; two flushes are enough to see it work. */
const FLUSHES = 2;
const TOP_FUNCTIONS = 8;

type Say = (text: string) => void;

/**
 * The whole loop on one machine: a policy, a real busy process, an agent that measures and profiles it, and the signed
 * events that bring the task and the profiles to a collector. Leaves nothing behind.
 * @throws with the reason if a step fails or the signal aborts.
 */
export async function runDemo(say: Say, interrupted: AbortSignal): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([interrupted, over.signal]);
  const limit = setTimeout(() => over.abort(new Error(`not finished within ${LIMIT_MS / 1_000} s`)), LIMIT_MS);
  const undo: (() => unknown)[] = [() => clearTimeout(limit)];
  try {
    const { agentAddress, collector, taskStore, measured } = await startDemoBackend(SERVICE, { say, undo });
    const busy = await startBusyProcess();
    undo.push(busy.kill);
    say(`process: pid ${busy.pid} is busy with orders`);

    const caller = createGrpcCaller(agentAddress);
    undo.push(caller.close);
    const reported = Promise.withResolvers<string>();
    let uploaded = 0;
    let isProfiling = false;
    const tell = (event: AgentEvent): void => {
      if (event.kind === "sampled" && isProfiling) return; // it measures on, but the story has moved on
      say(describeAgentEvent(event));
      if (event.kind === "flushed") uploaded += event.flush.samples;
      if (event.kind !== "reported") return;
      isProfiling = true;
      reported.resolve(event.taskId);
    };
    const agent = runReferenceAgent({
      caller,
      watched: { pid: busy.pid, serviceName: SERVICE, instanceName: hostname(), processName: busy.name },
      inspectorUrl: busy.inspectorUrl,
      durationSeconds: (FLUSHES * FLUSH_MS) / 1_000,
      tell,
      signal,
    });
    undo.push(() => {
      over.abort();
      return agent.catch(() => {}); // why it failed has been thrown already
    });

    async function receive(): Promise<CountedStack[]> {
      const taskId = await reported.promise;
      await receiveTask({ collector, taskStore, taskId, say, signal });
      return receiveProfiles({ collector, taskId, count: FLUSHES, say });
    }
    const stopped = whenAborted(signal);
    const received = await Promise.race([receive(), agent.then(() => stopped), busy.gone, stopped]);
    if (samplesIn(received) !== uploaded) {
      throw new Error(`the agent uploaded ${uploaded} samples, but ${samplesIn(received)} arrived`);
    }
    const [heard] = measured.list(SERVICE);
    if (heard === undefined) throw new Error("the server heard nothing of what the agent measured");
    say(`server: heard from the agent's meters that ${heard.type} of the process is ${heard.value.toFixed(0)} % now`);
    showFlames(addUp(received), say);
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

/** What a flame graph is drawn from. */
function showFlames(stacks: readonly CountedStack[], say: Say): void {
  say(`flames: ${samplesIn(stacks)} samples at ${stacks.length} stacks; what the process was doing:`);
  for (const line of functionTable(topFunctions(stacks, TOP_FUNCTIONS))) say(`  ${line}`);
  const hottest = stacks.reduce((a, b) => (b.count > a.count ? b : a));
  say(`flames: its hottest stack, as a folded line: ${foldedLine(hottest)}`);
}

async function whenAborted(signal: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  throw signal.reason;
}
