import { setTimeout as delay } from "node:timers/promises";
import { p50, p99 } from "./delivery/account.ts";
import { startRig } from "./delivery/rig.ts";
import type { Standing } from "./delivery/standing.ts";
import type { Figure, Measured, Measurement } from "./figure.ts";
import { linearFit } from "./linear-fit.ts";
import { accounted, HIGHEST_RATE, highestHeld } from "./report-to-collector.ts";

/** `BENCH_SOAK_SECONDS` shortens it while one works on it; what is then stated per hour says little. */
const SECONDS = Number(process.env.BENCH_SOAK_SECONDS ?? 600);
const SAMPLE_SECONDS = 10;
/** Before anything counts: code is compiled, buffers and pools grow to their size. */
const WARM_UP_SECONDS = 60;
const OF_HIGHEST = 0.5;
const MEBIBYTE = 1_024 * 1_024;
const HOUR_MS = 3_600_000;
/** Sockets and timers come and go: so many more at the end than at the start are no growth. */
const SPARE_HANDLES = 10;
/** For sockets to fall silent; kept ones close after 4 s. */
const REST_MS = 8_000;

/** Whether memory or handles of the whole local server grow while reports come and go. */
export const soak: Figure = {
  name: "soak",
  meaning: `${SECONDS % 60 === 0 ? `${SECONDS / 60} minutes` : `${SECONDS} seconds`} at half the highest rate: memory and handles of the server with its embedded engines`,
  async measure(tell, earlier) {
    const rig = await startRig();
    try {
      const highest = measuredHighest(earlier("report-to-collector")) ?? (await highestHeld(rig, tell));
      const rate = Math.max(1, Math.floor(highest * OF_HIGHEST));
      tell(`${highest === 0 ? "no rate was held; so only " : ""}${rate} reports/s`);
      await rig.run("report", rate, Math.min(WARM_UP_SECONDS, SECONDS));
      await delay(REST_MS);
      const atRest = [await rig.standing()];
      const samples: Standing[] = [];
      const run = await rig.run("report", rate, SECONDS, {
        everyMs: SAMPLE_SECONDS * 1_000,
        look(standing) {
          samples.push(standing);
          if (samples.length % 6 === 0) tell(standingText(standing));
        },
      });
      await delay(REST_MS);
      atRest.push(await rig.standing());
      return {
        measurements: [
          { what: "reports sent", value: rate, unit: "reports/s" },
          ...accounted("soak", run),
          { what: "report to collector, p50", value: p50(run.arrivals), unit: "ms" },
          { what: "report to collector, p99", value: p99(run.arrivals), unit: "ms" },
          ...memory(samples),
          ...handles(samples, atRest),
        ],
      };
    } finally {
      await rig.stop();
    }
  },
};

/** What the figure before this one has found, if it was in the same run. */
function measuredHighest(figure: Measured | undefined): number | undefined {
  const value = figure?.measurements.find(({ what }) => what === HIGHEST_RATE)?.value;
  return value === 0 ? undefined : value; // 0: none was found to hold for a minute
}

/** Heap, after a collection, of the server's own thread; resident memory of all threads, the engines' among them. */
function memory(samples: readonly Standing[]): Measurement[] {
  const kinds = [
    ["heap of the server's thread", ({ heapBytes }: Standing) => heapBytes / MEBIBYTE],
    ["buffers outside of the heap", ({ externalBytes }: Standing) => externalBytes / MEBIBYTE],
    ["resident memory, engines included", ({ residentBytes }: Standing) => residentBytes / MEBIBYTE],
  ] as const;
  return kinds.flatMap(([what, of]): Measurement[] => {
    const { slope, standardError } = linearFit(samples.map((sample) => [sample.at / HOUR_MS, of(sample)]));
    return [
      ...startMiddleEnd(samples).map(([when, sample]) => ({
        what: `${what}: ${when}`,
        value: of(sample),
        unit: "MiB",
      })),
      { what: `${what}: slope`, value: slope, unit: "MiB/hour" },
      { what: `${what}: standard error of the slope`, value: standardError, unit: "MiB/hour" },
    ];
  });
}

/** While reports come, and before and after, when nothing does: what is left over then is a leak. */
function handles(samples: readonly Standing[], atRest: readonly Standing[]): Measurement[] {
  const grown = (of: (standing: Standing) => number): number => {
    const [before, after] = atRest.map(of);
    return (after ?? Number.NaN) - (before ?? Number.NaN);
  };
  const isShown = samples.every(({ descriptors }) => descriptors !== undefined);
  const files = ({ descriptors = 0 }: Standing): number => descriptors;
  const kinds = [...new Set(atRest.flatMap(({ resources }) => Object.keys(resources)))].sort();
  const openFiles = [
    ...startMiddleEnd(samples).map(([when, sample]) => ({
      what: `open files and sockets: ${when}`,
      value: files(sample),
      unit: "",
    })),
    {
      what: "open files and sockets: more at rest after than before",
      value: grown(files),
      unit: "",
      atMost: SPARE_HANDLES,
    },
  ];
  return [
    ...(isShown ? openFiles : []), // not every system shows them
    ...startMiddleEnd(samples).map(([when, { resources }]) => ({
      what: `handles of the server's thread: ${when}`,
      value: total(resources),
      unit: "",
    })),
    {
      what: "handles of the server's thread: more at rest after than before",
      value: grown(({ resources }) => total(resources)),
      unit: "",
      atMost: SPARE_HANDLES,
    },
    ...kinds.map((kind) => ({
      what: `of them, ${kind}: more at rest after than before`,
      value: grown(({ resources }) => resources[kind] ?? 0),
      unit: "",
    })),
  ];
}

function startMiddleEnd(samples: readonly Standing[]): [when: string, sample: Standing][] {
  const [start, end] = [samples[0], samples.at(-1)];
  const middle = samples[Math.floor(samples.length / 2)];
  if (start === undefined || middle === undefined || end === undefined) throw new Error("no samples were taken");
  return [
    ["start", start],
    ["middle", middle],
    ["end", end],
  ];
}

function total(resources: Readonly<Record<string, number>>): number {
  return Object.values(resources).reduce((sum, count) => sum + count, 0);
}

function standingText({ heapBytes, residentBytes, resources, descriptors }: Standing): string {
  const mebibytes = (bytes: number): string => `${Math.round(bytes / MEBIBYTE)} MiB`;
  return `heap ${mebibytes(heapBytes)}, resident ${mebibytes(residentBytes)}, ${total(resources)} handles, ${descriptors} files`;
}
