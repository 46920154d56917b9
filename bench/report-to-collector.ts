import { p50, p99 } from "./delivery/account.ts";
import { highestRate } from "./delivery/highest-rate.ts";
import { growth, isHeld } from "./delivery/is-held.ts";
import { type Rig, type Run, startRig } from "./delivery/rig.ts";
import type { Figure, Measurement } from "./figure.ts";

const RATES = [10, 100, 300];
const MINUTE = 60;
/** The straight way changes little in a minute. */
const STRAIGHT_SECONDS = 20;
/** Before anything counts, so that code is compiled and connections are open. */
const WARM_UP = { rate: 100, seconds: 10 };
const SEARCH = { from: 100, factor: 1.4, precision: 1.1, most: 7 };
const PROBE_SECONDS = 8;
/** A rate that held for seconds and does not for a minute is lowered by this, and tried so often. */
const CONFIRM = { lower: 0.85, tries: 3 };

/** Name of the measurement that says how many reports a second are held. */
export const HIGHEST_RATE = "highest rate held for a minute";

/** From when an agent should have reported until its collector has the event, and how many reports are too many. */
export const reportToCollector: Figure = {
  name: "report-to-collector",
  meaning: "From a report's due time to its event at the collector, against the same event posted straight there",
  async measure(tell) {
    const rig = await startRig();
    try {
      await rig.run("straight", WARM_UP.rate, WARM_UP.seconds);
      await rig.run("report", WARM_UP.rate, WARM_UP.seconds);
      const measurements: Measurement[] = [];
      const known: Known = { held: 0, failed: Number.POSITIVE_INFINITY };
      for (const rate of RATES) {
        const straight = await rig.run("straight", rate, STRAIGHT_SECONDS);
        const run = await rig.run("report", rate, MINUTE);
        const held = isHeld(run, rate);
        if (held) known.held = Math.max(known.held, rate);
        else known.failed = Math.min(known.failed, rate);
        tell(`${rate}/s: ${heldText(held)}; ${runText(run)}; straight: ${runText(straight)}`);
        measurements.push(...(held ? measurementsAt(rate, run, straight) : notHeld(rate, run, straight)));
      }
      return { measurements: [...measurements, ...(await highestOf(rig, tell, known))] };
    } finally {
      await rig.stop();
    }
  },
};

/** What a minute has shown of rates: the highest that was held, 0 if none was, and the lowest that was not. */
interface Known {
  held: number;
  failed: number;
}

/**
 * In the place of times, which would say only for how long reports were sent: they wait longer and longer where more
 * come than are worked off.
 */
function notHeld(rate: number, run: Run, straight: Run): Measurement[] {
  const at = `${rate} reports/s, not held`;
  return [
    { what: `${at}: reports on their way become more by`, value: growth(run, rate) * 100, unit: "% of the rate" },
    { what: `${at}: straight to the collector, p50`, value: p50(straight.arrivals), unit: "ms" },
    { what: `${at}: straight to the collector, p99`, value: p99(straight.arrivals), unit: "ms" },
    { what: `${at}: report answered, p50`, value: p50(run.answers), unit: "ms" },
    { what: `${at}: report answered, p99`, value: p99(run.answers), unit: "ms" },
    ...accounted(at, run),
    ...busy(at, run),
  ];
}

function measurementsAt(rate: number, run: Run, straight: Run): Measurement[] {
  const at = `${rate} reports/s`;
  const ms = (what: string, value: number): Measurement => ({ what: `${at}: ${what}`, value, unit: "ms" });
  return [
    ms("report to collector, p50", p50(run.arrivals)),
    ms("report to collector, p99", p99(run.arrivals)),
    ms("straight to the collector, p50", p50(straight.arrivals)),
    ms("straight to the collector, p99", p99(straight.arrivals)),
    { what: `${at}: p50 / straight's`, value: p50(run.arrivals) / p50(straight.arrivals), unit: "of ms" },
    { what: `${at}: p99 / straight's`, value: p99(run.arrivals) / p99(straight.arrivals), unit: "of ms" },
    ms("report answered, p50", p50(run.answers)),
    ms("report answered, p99", p99(run.answers)),
    ...accounted(at, run),
    ...busy(at, run),
  ];
}

/** Each report is to be accepted, and what is accepted has to arrive, once. */
export function accounted(at: string, { sent, answered, lost, twice }: Run): Measurement[] {
  const exactlyOne = { unit: "", atLeast: 1, atMost: 1 };
  return [
    { what: `${at}: reports accepted / sent`, value: answered / sent, ...exactlyOne },
    { what: `${at}: events arrived / reports accepted`, value: (answered - lost) / answered, ...exactlyOne },
    { what: `${at}: events that arrived twice`, value: twice, unit: "events", atMost: 0 },
  ];
}

function busy(at: string, { serverBusy, enginesBusy, loadBusy, collectorBusy }: Run): Measurement[] {
  const share = (what: string, value: number) => ({ what: `${at}: ${what}`, value, unit: "of one core" });
  return [
    share("the server's thread", serverBusy),
    share("the embedded engines", enginesBusy),
    share("load and collector", loadBusy + collectorBusy),
  ];
}

async function highestOf(rig: Rig, tell: (line: string) => void, known: Known): Promise<Measurement[]> {
  let rate = await highestHeld(rig, tell, known);
  for (let tries = 1; rate > known.held && tries <= CONFIRM.tries; tries++) {
    const run = await rig.run("report", rate, MINUTE);
    const held = isHeld(run, rate);
    tell(`${rate}/s for a minute: ${heldText(held)}; ${runText(run)}`);
    if (held) return measurementsAtHighest(rate, run);
    rate = Math.floor(rate * CONFIRM.lower);
  }
  // No rate above those that were measured anyway: its times stand there.
  return [{ what: HIGHEST_RATE, value: known.held, unit: "reports/s" }];
}

function measurementsAtHighest(rate: number, run: Run): Measurement[] {
  const at = "highest rate";
  return [
    { what: HIGHEST_RATE, value: rate, unit: "reports/s" },
    { what: `${at}: reports on their way become more by`, value: growth(run, rate) * 100, unit: "% of the rate" },
    { what: `${at}: report to collector, p50`, value: p50(run.arrivals), unit: "ms" },
    { what: `${at}: report to collector, p99`, value: p99(run.arrivals), unit: "ms" },
    ...accounted(at, run),
    ...busy(at, run),
  ];
}

/**
 * By short probes: what holds for seconds need not for a minute.
 * @param known is not asked again.
 * @returns 0 if none held.
 */
export function highestHeld(rig: Rig, tell: (line: string) => void, known?: Known): Promise<number> {
  return highestRate(
    async (rate) => {
      const run = await rig.run("report", rate, PROBE_SECONDS);
      const held = isHeld(run, rate, { isProbe: true });
      tell(`${rate}/s for ${PROBE_SECONDS} s: ${heldText(held)}; ${runText(run)}`);
      return held;
    },
    { ...SEARCH, ...known },
  );
}

function heldText(held: boolean): string {
  return held ? "held" : "not held";
}

function runText(run: Run): string {
  const { sent, arrived, twice, failures, serverBusy, enginesBusy } = run;
  const failed = Object.entries(failures).map(([why, count]) => `, ${count} failed: ${why}`);
  return (
    `p50 ${p50(run.arrivals).toFixed(1)} ms, p99 ${p99(run.arrivals).toFixed(1)} ms, ${arrived} of ${sent} arrived` +
    `${twice > 0 ? `, ${twice} twice` : ""}${failed.join("")}; ` +
    `server ${serverBusy.toFixed(2)}, engines ${enginesBusy.toFixed(2)} of a core`
  );
}
