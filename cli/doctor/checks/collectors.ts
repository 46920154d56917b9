import pLimit from "p-limit";
import type { StoredCollector } from "../../../shared/collectors/collector-store.ts";
import { shortText } from "../../../shared/diagnosis/short-text.ts";
import { BLOCKED } from "../../../shared/egress/blocked-address.ts";
import { tryConnection } from "../../../shared/egress/try-connection.ts";
import { describeFaults } from "../../../shared/errors.ts";
import { type Check, type Context, type Finding, ok } from "../check.ts";

/** Connections at once, and the collectors that are tried: of hundreds, a few tell how it is. */
const AT_ONCE = 8;
const MOST = 100;
/** Kinds that speak HTTP/2 alone. */
const OVER_HTTP2 = ["grpc", "skywalking"];

/** Whether every collector is valid and can be connected to, and none is paused or failing. No event is sent. */
export const collectors: Check = {
  name: "collectors",
  needs: ["tables/collectors"],
  async run(context) {
    const { stores, commandLine } = context;
    const stored = await stores.collectorStore.list();
    if (stored.length === 0) {
      const advice = `\`${commandLine("collectors set NAME --url URL")}\` adds one`;
      return [{ status: "warning", detail: "none: what is reported goes nowhere", advice }];
    }
    const inTurn = pLimit(AT_ONCE);
    const found = await Promise.all(
      stored.slice(0, MOST).map((collector) => inTurn(() => troubleOf(collector, context))),
    );
    const troubles = found.flat();
    const left = stored.length - MOST;
    const untried = left > 0 ? [`; ${left} more were not tried`] : [];
    if (troubles.length > 0) return troubles;
    const test = `\`${commandLine("collectors test NAME")}\` sends one a test event`;
    return ok(`${Math.min(stored.length, MOST)} valid and reachable from here${untried.join("")}; ${test}`);
  },
};

async function troubleOf(stored: StoredCollector, { stores, isLocal, commandLine }: Context): Promise<Finding[]> {
  const { name } = stored;
  if (!stored.ok) {
    const detail = `${name} is invalid and gets nothing: ${shortText(describeFaults(stored.faults))}`;
    return [
      { status: "failed", detail, advice: `\`${commandLine("collectors set", name, "--url", "URL")}\` sets it right` },
    ];
  }
  if (!stored.collector.enabled) return [];
  const { kind, url } = stored.collector;
  const { paused, failingSince } = stored.health;
  const test = `\`${commandLine("collectors test", name)}\` tries it in full`;
  if (paused !== undefined) {
    const advice = `\`${commandLine("collectors resume", name)}\` once it is mended`;
    return [{ status: "warning", detail: `${name} is paused: ${shortText(paused.reason)}`, advice }];
  }
  const trouble = await tryConnection(url, { egress: stores.egress, isSession: OVER_HTTP2.includes(kind) });
  if (trouble?.startsWith(BLOCKED))
    return [
      { status: "failed", detail: `${name}: ${trouble}`, advice: "docs/collectors.md says where collectors may be" },
    ];
  if (trouble !== undefined) {
    // The functions may reach what this machine does not.
    const detail = `${name} cannot be connected to${isLocal ? "" : " from here"}: ${trouble}`;
    return [{ status: isLocal ? "failed" : "warning", detail, advice: test }];
  }
  if (failingSince !== undefined)
    return [
      { status: "warning", detail: `${name} can be connected to, but has failed since ${failingSince}`, advice: test },
    ];
  return [];
}
