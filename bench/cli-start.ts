import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundleCli } from "../infra/packages/cli/bundle-cli.ts";
import { endWithThisProcess } from "./child-process.ts";
import { type Figure, type Measurement, measurement } from "./figure.ts";
import { benchFolder } from "./local-settings.ts";
import { rotated } from "./rotated.ts";

const ROUNDS = 31;
const START_MS = 20_000;
const CHECKOUT = new URL("../cli/flashpoint.js", import.meta.url).pathname;
const BARE = "node -e 0";
/** How many times as long as Node alone somebody may wait for a help text. */
const MOST_OF_BARE = 3;

/** How long whoever calls `flashpoint --help` waits, beside Node that does nothing. */
export const cliStart: Figure = {
  name: "cli-start",
  meaning: `flashpoint --help in a fresh process, in turns with \`${BARE}\`, ${ROUNDS} rounds`,
  async measure(tell) {
    const folder = benchFolder();
    const packed = await writePackage(folder);
    const programs: readonly (readonly [name: string, args: readonly string[]])[] = [
      [BARE, ["-e", "0"]],
      ["package", [packed, "--help"]],
      ["checkout, TypeScript as it is", [CHECKOUT, "--help"]],
    ];
    const took = new Map(programs.map(([name]): [string, number[]] => [name, []]));
    // The first round fills the caches and does not count.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [name, args] of rotated(programs, round)) {
        const ms = await timeOf(args, { XDG_CACHE_HOME: folder });
        if (round > 0) took.get(name)?.push(ms);
      }
      if (round % 10 === 0) tell(`${round} of ${ROUNDS} rounds`);
    }
    const bare = took.get(BARE) ?? [];
    const measurements = [...took].flatMap(([name, rounds]): Measurement[] => {
      if (name === BARE) return [measurement(BARE, "ms", rounds)];
      // Round by round, so that a machine that slows down in between slows both sides of a ratio.
      const ratios = rounds.map((ms, round) => ms / (bare[round] ?? Number.NaN));
      return [
        measurement(`${name}: --help`, "ms", rounds),
        { ...measurement(`${name}: --help / ${BARE}'s`, "of ms", ratios), atMost: MOST_OF_BARE },
      ];
    });
    return { measurements };
  },
};

/** @returns the program as the package has it. */
async function writePackage(folder: string): Promise<string> {
  const { code } = await bundleCli(new URL("..", import.meta.url).pathname);
  await mkdir(join(folder, "package"));
  await writeFile(join(folder, "package/package.json"), '{"type":"module"}');
  for (const [name, text] of code) await writeFile(join(folder, "package", name), text);
  return join(folder, "package/flashpoint.js");
}

async function timeOf(args: readonly string[], env: Record<string, string>): Promise<number> {
  const startedAt = performance.now();
  const child = spawn(process.execPath, args, { env, timeout: START_MS, stdio: ["ignore", "ignore", "inherit"] });
  endWithThisProcess(child);
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}`);
  return performance.now() - startedAt;
}
