import { join } from "node:path";
import { type FunctionName, MAX_BYTES } from "../infra/bundle.ts";
import { type Figure, type Measurement, measurement } from "./figure.ts";
import { findDearestModules } from "./lambda/dearest-modules.ts";
import { startFunctionEngines } from "./lambda/engines.ts";
import { type FirstPoll, firstPolls } from "./lambda/first-poll.ts";
import { LAMBDA } from "./lambda/function-child.ts";
import { runToEnd } from "./lambda/run-to-end.ts";
import { writeBundle } from "./lambda/write-bundle.ts";
import { benchFolder } from "./local-settings.ts";
import { rotated } from "./rotated.ts";

const ROUNDS = 61;
/** Of these, each takes as long as loading does. */
const MODULE_ROUNDS = 31;
/** Of these, the dearest modules are shown: of the one that agents wait for, and of the one that loads most. */
const TAKEN_APART: readonly FunctionName[] = ["agent-api", "task-forwarder"];
const DEAREST = 8;
const PROGRAM = new URL("./lambda/time-to-start.mjs", import.meta.url).pathname;
/** Bundled as anybody would; what our replacements of packages save is ours. */
const BARE = "bare handler";
/** The same with our replacements: what is left above it is what the functions do. */
const LEAN = "lean bare handler";
const BARE_HANDLER = "bench/lambda/bare-handler.ts";
/** For which more is measured; agents wait for no other. */
const AGENT_API: FunctionName = "agent-api";
/** What is asked of each. */
const MOST_OF_BARE = 1.5;

interface Took {
  readonly clockMs: number;
  readonly processorMs: number;
}

/** One package and what its rounds took. */
interface Package {
  readonly file: string;
  readonly bytes: number;
  readonly loads: Took[];
}

/**
 * How long a fresh process takes to load each function's bundle, beside one that only makes a client for DynamoDB, and
 * how long agents wait for a first answer: what is left out of loading must not come back there.
 */
export const lambdaStart: Figure = {
  name: "lambda-start",
  meaning: `Loading a function's bundle in a fresh Node, in turns with a bare DynamoDB client's, ${ROUNDS} rounds`,
  async measure(tell) {
    const folder = benchFolder();
    const { token, variables, stop } = await startFunctionEngines(join(folder, "engines"));
    try {
      const packages = await writePackages(folder);
      const agentApi = packages.get(AGENT_API) as Package;
      const modules = await Promise.all(TAKEN_APART.map((name) => findDearestModules(name, folder, LAMBDA)));
      const answers = new Map(firstPolls(token).map((poll): [FirstPoll, Took[]] => [poll, []]));
      const turns = [
        ...[...packages.values()].map(({ file, loads }) => async () => {
          loads.push((await start(file, LAMBDA)).load);
        }),
        ...[...answers].map(([poll, rounds]) => async () => {
          const { answered, answer } = await start(agentApi.file, { ...LAMBDA, ...variables }, poll.event);
          poll.check(answer);
          rounds.push(answered);
        }),
      ];
      for (let round = 0; round <= ROUNDS; round++) {
        for (const turn of rotated(turns, round)) await turn();
        if (round < MODULE_ROUNDS) for (const { takeRound } of rotated(modules, round)) await takeRound();
        if (round % 10 === 0) tell(`${round} of ${ROUNDS} rounds`);
      }
      const bare = packages.get(BARE)?.loads ?? [];
      const lean = packages.get(LEAN)?.loads ?? [];
      const measurements = [
        ...[...packages].flatMap(([name, { bytes, loads }]): Measurement[] => [
          { what: `${name}: size`, value: bytes / 1_000, unit: "kB" },
          ...times(`${name}: loads in`, loads),
          ...(name === BARE || name === LEAN ? [] : ratiosToBare(name, loads, bare)),
        ]),
        measurement(`${AGENT_API}: loading / ${LEAN}'s`, "of ms", ratios(clock(agentApi.loads), clock(lean))),
        ...[...answers].flatMap(([{ name }, rounds]) =>
          times(`${AGENT_API}: loads and answers a poll, ${name}, in`, rounds),
        ),
        ...modules.flatMap(({ measurements }) => measurements(DEAREST)),
      ];
      return { measurements };
    } finally {
      await stop();
    }
  },
};

/** Bundles the functions and the bare handlers, each into a folder of its own. */
async function writePackages(folder: string): Promise<Map<string, Package>> {
  const packages = new Map<string, Package>();
  const write = async (name: string, entry: string, how = {}): Promise<void> => {
    const written = await writeBundle(entry, join(folder, name.replaceAll(" ", "-")), how);
    packages.set(name, { ...written, loads: [] });
  };
  await write(BARE, BARE_HANDLER, { replacing: false });
  await write(LEAN, BARE_HANDLER);
  for (const name of Object.keys(MAX_BYTES)) await write(name, `functions/${name}/handler.ts`);
  return packages;
}

/** Of the processor too, which other programs on the machine disturb less. */
function times(what: string, rounds: readonly Took[]): Measurement[] {
  return [measurement(what, "ms", clock(rounds)), measurement(`${what}, by the processor`, "ms", processor(rounds))];
}

function ratiosToBare(name: string, rounds: readonly Took[], bare: readonly Took[]): Measurement[] {
  const what = `${name}: loading / ${BARE}'s`;
  return [
    { ...measurement(what, "of ms", ratios(clock(rounds), clock(bare))), atMost: MOST_OF_BARE },
    measurement(`${what}, by the processor`, "of ms", ratios(processor(rounds), processor(bare))),
  ];
}

/** Round by round, so that a machine that slows down in between slows both sides of a ratio. */
function ratios(own: readonly number[], others: readonly number[]): number[] {
  return own.map((ms, round) => ms / (others[round] ?? Number.NaN));
}

/** Without the first round, which finds nothing in the file cache. */
const clock = ([, ...rounds]: readonly Took[]): number[] => rounds.map(({ clockMs }) => clockMs);
const processor = ([, ...rounds]: readonly Took[]): number[] => rounds.map(({ processorMs }) => processorMs);

async function start(file: string, env: Record<string, string>, event?: object) {
  return JSON.parse(await runToEnd([PROGRAM, file], env, event === undefined ? "" : JSON.stringify(event)));
}
