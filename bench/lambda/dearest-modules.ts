import { join } from "node:path";
import type { FunctionName } from "../../infra/bundle.ts";
import { type Measurement, measurement } from "../figure.ts";
import { runToEnd } from "./run-to-end.ts";
import { writeBundle } from "./write-bundle.ts";

/** Where the time goes while a function's bundle is loaded. */
export interface DearestModules {
  /** Loads it once more, in a fresh process. */
  takeRound(): Promise<void>;
  /** First what is in no module, then the dearest of them. */
  measurements(count: number): Measurement[];
}

/** What passes while no module runs: by far the most of it before the first one does. */
const IN_NO_MODULE = "";

/** What time-modules.mjs says. */
interface Times {
  readonly modules: string[];
  readonly took: readonly (readonly [owner: string, ms: number])[];
}

const PROGRAM = new URL("./time-modules.mjs", import.meta.url).pathname;

/**
 * Of each package, what its modules take to run as they are loaded, by the clock, with whatever they call of others: ours
 * make the client for DynamoDB and all services. Of each of Node's own modules, what it takes to load. It is the bundle as
 * it is deployed, but for a mark where each module begins and where it ends, so it is a little larger. A process that is
 * told beforehand which of Node's modules to load is another one than that in which whole bundles are timed: what all of
 * it takes together is not to be held against those.
 */
export async function findDearestModules(
  name: FunctionName,
  folder: string,
  env: Record<string, string>,
): Promise<DearestModules> {
  const how = { plugin: "bench/lambda/mark-modules.ts" };
  const { file } = await writeBundle(`functions/${name}/handler.ts`, join(folder, `${name}-marked`), how);
  const run = async (...args: string[]): Promise<Times> => JSON.parse(await runToEnd([PROGRAM, file, ...args], env));
  const nodeModules = JSON.stringify((await run()).modules);
  const rounds: Map<string, number>[] = [];
  return {
    async takeRound() {
      rounds.push(new Map((await run(nodeModules)).took));
    },
    measurements(count) {
      const owners = new Set(rounds.flatMap((round) => [...round.keys()]));
      owners.delete(IN_NO_MODULE);
      const timesOf = (owner: string): number[] => rounds.map((round) => round.get(owner) ?? 0);
      return [
        measurement(`${name}: reading and compiling its files`, "ms", timesOf(IN_NO_MODULE)),
        ...[...owners]
          .map((owner) => measurement(`${name}: loading ${owner}`, "ms", timesOf(owner)))
          .toSorted((a, b) => b.value - a.value)
          .slice(0, count),
      ];
    },
  };
}
