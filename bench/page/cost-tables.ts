import type { Bill } from "../cost/bill.ts";
import type { Door } from "../cost/door.ts";
import type { FleetSettings } from "../cost/fleet.ts";
import type { MeasuredTimes } from "../cost/measured-times.ts";
import { type Priced, readPrices } from "../cost/prices.ts";
import { breakEven, createReckoning, type Reckoning } from "../cost/reckoning.ts";
import { SMALL_EDGE } from "../cost/small-edge.ts";
import { stackFacts } from "../cost/stack-facts.ts";
import { STANDARD_FLEET } from "../cost/targets.ts";
import { number } from "../table.ts";

/** The same stack with the edge as it is without options, and at its smallest. */
interface Reckonings {
  readonly asItIs: Reckoning;
  readonly withSmallEdge: Reckoning;
}

/** Agents that poll, and bring no task. */
const POLLING: FleetSettings = { ...STANDARD_FLEET, tasksPerDay: 0 };

/** What docs/deploying.md shows of costs, by the names of its places, in Markdown: the bills of `npm run cost`. */
export function costTables(times: MeasuredTimes): Map<string, string> {
  const plain = stackFacts();
  const prices = readPrices();
  const reckoningWith = (edge: Record<string, unknown>): Reckoning =>
    createReckoning({ stacks: { function: plain, edge: stackFacts(edge) }, times, prices });
  const reckonings = { asItIs: reckoningWith({ edge: true }), withSmallEdge: reckoningWith(SMALL_EDGE) };
  return new Map([
    ["edge", edgeTable(reckonings)],
    ["fleets", fleetsTable(reckonings)],
  ]);
}

/** A page with its places filled anew: all between `<!-- cost: NAME -->` and the next `<!-- end of cost -->`. */
export function withCostTables(page: string, tables: ReadonlyMap<string, string>): string {
  let filled = page;
  for (const [name, table] of tables) {
    const place = new RegExp(`(<!-- cost: ${name} -->\n).*?(\n<!-- end of cost -->)`, "s");
    if (!place.test(filled)) throw new Error(`the page has no place for costs of ${name}: <!-- cost: ${name} -->`);
    filled = filled.replace(place, (_, begin: string, end: string) => `${begin}\n${table}\n${end}`);
  }
  return filled;
}

function edgeTable(reckonings: Reckonings): string {
  const both = [reckonings.asItIs, reckonings.withSmallEdge];
  const row = (what: string, of: (reckoning: Reckoning) => string): string =>
    `| ${[what, ...both.map(of)].join(" | ")} |`;
  const bill = ({ cost }: Reckoning, agents: number): Bill => cost({ ...POLLING, agents }, "edge").bill;
  const atRest = (...ids: Priced[]) => {
    return (reckoning: Reckoning): string => money(amountOf(bill(reckoning, 0), ids));
  };
  const onTop = (agents: number) => {
    return (reckoning: Reckoning): string => money(bill(reckoning, agents).stack - bill(reckoning, 0).stack);
  };
  const line = (id: Priced) => {
    return (reckoning: Reckoning): string => money(amountOf(bill(reckoning, 10_000), [id]));
  };
  const busy = ({ cost }: Reckoning): string => {
    return `${number(Math.round(100 * (cost({ ...POLLING, agents: 10_000 }, "edge").month.edge?.busyShare ?? 0)))} %`;
  };
  const edgeLines: Priced[] = ["vcpuHours", "memoryGbHours", "balancerHours", "addressHours"];
  return [
    "| USD a month | as it is: two tasks in two zones | one small task in one zone |",
    "| --- | --- | --- |",
    row("tasks on arm64", atRest("vcpuHours", "memoryGbHours")),
    row("load balancer", atRest("balancerHours")),
    row("public IPv4 addresses, one in each zone and one for each task", atRest("addressHours")),
    row("**at rest**", atRest(...edgeLines)),
    row("1,000 polling agents on top: capacity of the load balancer, reads of policies, logs", onTop(1_000)),
    row("10,000 on top", onTop(10_000)),
    row("what 10,000 are sent", line("outGb")),
    row("what goes between zones for 10,000", line("zoneGb")),
    row("processors in use with 10,000", busy),
    "",
    edgePaysFrom(reckonings),
  ].join("\n");
}

function edgePaysFrom({ asItIs, withSmallEdge }: Reckonings): string {
  const from = (reckoning: Reckoning, calls: FleetSettings["calls"]): string => {
    const agents = breakEven(reckoning, { ...POLLING, calls });
    return agents === undefined ? "no number" : number(agents);
  };
  return [
    `In all, the edge costs no more than the function URL from ${from(asItIs, "polls")} polling agents on, with one small task from`,
    `${from(withSmallEdge, "polls")}; with Rovers, which make all their calls, from ${from(asItIs, "all")} and ${from(withSmallEdge, "all")}.`,
  ].join("\n");
}

function fleetsTable({ asItIs, withSmallEdge }: Reckonings): string {
  const row = (what: string, reckoning: Reckoning, door: Door, settings: Partial<FleetSettings>): string => {
    const { stack, monitoring, data, total } = reckoning.cost({ ...STANDARD_FLEET, ...settings }, door).bill;
    return `| ${[what, ...[stack, monitoring, data, total].map(money)].join(" | ")} |`;
  };
  const rovers = { calls: "all" } as const;
  const many = { agents: 10_000 };
  return [
    "| USD a month | the stack alone | dashboard, alarms, metrics | data | together |",
    "| --- | --- | --- | --- | --- |",
    row("nobody: Lambda asks two queues all the time", asItIs, "function", { agents: 0, tasksPerDay: 0 }),
    row("1,000 agents that poll every 10 s through the function URL, 10 services", asItIs, "function", {}),
    row("the same with 50 services", asItIs, "function", { services: 50 }),
    row("1,000 agents that make all the calls of a Rover through the function URL", asItIs, "function", rovers),
    row("the same through [the gRPC edge](#the-grpc-edge)", asItIs, "edge", rovers),
    row("10,000 agents that poll through the edge", asItIs, "edge", many),
    row("the same through one small task in one zone", withSmallEdge, "edge", many),
  ].join("\n");
}

function amountOf({ lines }: Bill, ids: readonly Priced[]): number {
  return lines.filter(({ id }) => ids.includes(id)).reduce((sum, { amount }) => sum + amount, 0);
}

/** Whole dollars; of less than one, the cents. */
function money(amount: number): string {
  return amount > 0 && amount < 1 ? amount.toFixed(2) : number(Math.round(amount));
}
