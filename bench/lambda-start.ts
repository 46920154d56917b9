import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { bundle, type FunctionName, MAX_BYTES } from "../infra/bundle.ts";
import { type Figure, type Measurement, measurement, median } from "./figure.ts";

const ROUNDS = 31;
const LOAD_MS = 20_000;
const PROGRAM = new URL("./lambda/time-to-load.cjs", import.meta.url).pathname;
/** All that a function finds in AWS, as far as it is read while it loads. */
const LAMBDA = {
  AWS_REGION: "eu-central-1",
  AWS_ACCESS_KEY_ID: "bench",
  AWS_SECRET_ACCESS_KEY: "bench",
  AWS_SESSION_TOKEN: "bench",
  AWS_LAMBDA_FUNCTION_NAME: "bench",
};
const BARE = "bare handler";
/** For which a target is set; agents wait for no other. */
const AGENT_API: FunctionName = "agent-api";
const MOST_OF_BARE = 1.5;

/** How long a fresh process takes to load each function's bundle, beside one that only makes a client for DynamoDB. */
export const lambdaStart: Figure = {
  name: "lambda-start",
  meaning: `Loading a function's bundle in a fresh Node, in turns with a bare DynamoDB client's, ${ROUNDS} rounds`,
  async measure(tell) {
    const folder = await mkdtemp(join(tmpdir(), "flashpoint-bench-"));
    try {
      const names = Object.keys(MAX_BYTES) as FunctionName[];
      const entries = new Map([
        [BARE, "bench/lambda/bare-handler.ts"],
        ...names.map((name): [string, string] => [name, `functions/${name}/handler.ts`]),
      ]);
      const bundles = new Map<string, { file: string; bytes: number; rounds: number[] }>();
      for (const [name, entry] of entries) {
        const { code } = bundle(entry);
        const file = join(folder, name.replace(" ", "-"), "index.js");
        await mkdir(join(file, ".."));
        await writeFile(file, code);
        await loadMs(file); // so that the first round finds everything in the file cache as the others do
        bundles.set(name, { file, bytes: code.byteLength, rounds: [] });
      }
      for (let round = 1; round <= ROUNDS; round++) {
        for (const { file, rounds } of bundles.values()) rounds.push(await loadMs(file));
        if (round % 10 === 0) tell(`${round} of ${ROUNDS} rounds`);
      }
      const bare = median(bundles.get(BARE)?.rounds ?? []);
      return [...bundles].flatMap(([name, { bytes, rounds }]): Measurement[] => [
        { what: `${name}: size`, value: bytes / 1_000, unit: "kB" },
        measurement(`${name}: loads in`, "ms", rounds),
        ...(name === BARE ? [] : [ratio(name, median(rounds) / bare)]),
      ]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

function ratio(name: string, value: number): Measurement {
  const compared = { what: `${name}: loading / ${BARE}'s`, value, unit: "of medians" };
  return name === AGENT_API ? { ...compared, atMost: MOST_OF_BARE } : compared;
}

/** @returns milliseconds. */
async function loadMs(file: string): Promise<number> {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, file], { env: LAMBDA, timeout: LOAD_MS });
  return Number(stdout);
}
