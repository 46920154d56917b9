import { execFile, execFileSync } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual, promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cliOf } from "../../support/cli.ts";
import { runProgram } from "../../support/server-process.ts";
import { type SwitchableProxy, startSwitchableProxy } from "../../support/switchable-proxy.ts";
import { until } from "../../support/until.ts";
import { startWorld, temporaryFolder, type World } from "../../support/world.ts";

const ROOT = new URL("../../..", import.meta.url).pathname;
const POLICY =
  "policy:\n  - type: ON_CPU\n    checkers: [{ type: PROCESS_CPU, threshold: 80, period: 10, count: 3 }]\n";
const SHELLS = ["bash", "zsh", "fish"] as const;
type Shell = (typeof SHELLS)[number];

let world: World;
let away: SwitchableProxy;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  [world, folder, away] = await Promise.all([startWorld(), temporaryFolder(), startSwitchableProxy(1)]);
  const flashpoint = cliOf(world);
  for (const service of ["checkout", "shop::cart", "it's a shop"])
    expect((await flashpoint(["policies", "set", service, "-f", "-"], POLICY)).code).toBe(0);
  expect((await flashpoint(["policies", "set", "-f", "-", "--", "-rf"], POLICY)).code).toBe(0);
  expect((await flashpoint(["collectors", "set", "hook", "--url", "http://127.0.0.1:9/"])).code).toBe(0);
  expect((await flashpoint(["tokens", "create", "cluster-a"])).code).toBe(0);
  await writeFile(join(folder.path, "policy of cart.yaml"), POLICY);
  await mkdir(join(folder.path, "bin"));
  // As it is installed: by its name, on the PATH.
  const program = join(folder.path, "bin/flashpoint");
  await writeFile(program, `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, "cli/flashpoint.js")}' "$@"\n`);
  await chmod(program, 0o755);
  for (const shell of SHELLS) {
    const { code, stdout } = await runProgram(["cli/main.ts", "completion", shell]);
    expect(code).toBe(0);
    await writeFile(join(folder.path, `completion.${shell}`), stdout);
  }
});
afterAll(async () => {
  await world?.stop();
  await away?.close();
  await folder?.remove();
});

function environment(endpoint = world.server.engines.aws.dynamodbEndpoint): NodeJS.ProcessEnv {
  return {
    PATH: `${join(folder.path, "bin")}:${process.env.PATH}`,
    HOME: folder.path,
    TERM: "dumb",
    LC_ALL: "C.UTF-8",
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  };
}

const isThere = (shell: Shell): boolean => {
  try {
    return execFileSync(shell, ["--version"], { stdio: "ignore" }) === null;
  } catch {
    return false;
  }
};
const HAS = Object.fromEntries(SHELLS.map((shell) => [shell, isThere(shell)])) as Record<Shell, boolean>;

/** Runs a script of the shell, in the folder where the policy file lies. */
async function run(shell: Shell, script: string, env = environment()): Promise<string[]> {
  const args = { bash: ["--norc", "-c"], zsh: ["-f", "-c"], fish: ["--no-config", "-c"] }[shell];
  const options = { cwd: folder.path, env, timeout: 25_000 };
  const { stdout } = await promisify(execFile)(shell, [...args, script], options);
  return stdout.split("\n").filter((line) => line !== "");
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** What bash would offer: its function is called as readline calls it. `words` are as readline breaks them. */
async function bashOffers(line: string, words: readonly string[], env?: NodeJS.ProcessEnv): Promise<string[]> {
  const script = [
    "source completion.bash",
    `COMP_WORDS=(${words.map(quoted).join(" ")}); COMP_CWORD=${words.length - 1}`,
    `COMP_LINE=${quoted(line)}; COMP_POINT=\${#COMP_LINE}`,
    'compopt() { echo "compopt $*"; }',
    "_flashpoint flashpoint",
    `printf '%s\\n' "\${COMPREPLY[@]}"`,
  ];
  return run("bash", script.join("\n"), env);
}

/** What fish offers, each with its description behind a tab. */
const fishOffers = (line: string): Promise<string[]> =>
  run("fish", `source completion.fish; complete -C ${quoted(line).replaceAll("'\\''", "\\'")}`);

/** What zsh makes of a line when TAB is typed behind it, on a terminal of its own. */
async function zshCompletes(line: string): Promise<string> {
  const script = `
zmodload zsh/zpty
zpty -b shell zsh -f -i
say() { zpty -w shell "$1" }
say "PS1=; cd ${folder.path}; autoload -U compinit; compinit -u -D; source completion.zsh; unsetopt beep"
say 'show() { print -r -- "$BUFFER" > shown.new; mv shown.new shown }; zle -N show; bindkey "^X" show; touch ready'
for i in {1..200}; do [[ -e ready ]] && break; sleep 0.05; done
zpty -w -n shell ${quoted(line)}$'\\t\\x18'
for i in {1..300}; do [[ -e shown ]] && break; zpty -r -t shell ignored; sleep 0.05; done
cat shown; rm -f shown ready
zpty -d shell`;
  return (await run("zsh", script)).join("\n");
}

/** Names are given up after a second, which a busy machine may need: whoever is offered nothing presses TAB again. */
function afterSomeTabs<Answer>(press: () => Promise<Answer>, nothing: Answer): Promise<Answer> {
  const pressOnce = async () => {
    const answer = await press();
    return isDeepStrictEqual(answer, nothing) ? undefined : answer;
  };
  return until("something is offered", pressOnce, 25_000);
}
const bashOffersSome: typeof bashOffers = (...asked) => afterSomeTabs(() => bashOffers(...asked), []);

describe("bash", () => {
  it.each([
    ["nouns", "flashpoint po", ["policies"]],
    ["verbs behind an option with a value", "flashpoint --stack prod tokens re", ["revoke"]],
    ["options", "flashpoint collectors set hook --ti", ["--timeout"]],
    ["options of the whole program, behind a verb", "flashpoint policies list --loc", ["--local"]],
    ["choices", "flashpoint collectors set hook --kind g", ["grpc", "grpc-web"]],
    ["output formats", "flashpoint tasks list -o ", ["table", "json", "yaml"]],
    ["statuses", "flashpoint deliveries list --status de", ["delivered", "dead"]],
    ["targets", "flashpoint collectors set hook --target O", ["ON_CPU", "OFF_CPU"]],
    ["shells", "flashpoint completion z", ["zsh"]],
    ["what a verb cannot do without", "flashpoint policies set checkout ", ["--file"]],
    ["services", "flashpoint --local policies get ch", ["checkout"]],
    ["services of an option", "flashpoint --local tasks list --service ch", ["checkout"]],
    ["collectors", "flashpoint --local collectors test ", ["hook"]],
    ["collectors of an option", "flashpoint --local deliveries redrive --collector h", ["hook"]],
    ["names with a blank and a quote, quoted", "flashpoint --local why it", ["it\\'s\\ a\\ shop"]],
    ["nothing behind the end", "flashpoint --local why checkout ", []],
    ["nouns behind help", "flashpoint help pol", ["policies"]],
    ["verbs behind help", "flashpoint --local help policies va", ["validate"]],
    ["nothing behind a verb that help is asked about", "flashpoint help policies get ", []],
    ["no name that would be an option", "flashpoint --local why ", ["checkout", "it\\'s\\ a\\ shop", "shop::cart"]],
    ["such a name behind --", "flashpoint --local why -- -", ["-rf"]],
    ["no options behind --", "flashpoint --local why -- --lo", []],
  ])("completes %s", async (_what, line, offered) => {
    const offers = offered.length === 0 ? bashOffers : bashOffersSome;
    expect(await offers(line, line.split(" "))).toEqual(offered);
  });

  it("completes the verbs of a noun", async () => {
    const words = ["flashpoint", "--local", "policies", ""];
    const verbs = ["set", "get", "list", "delete", "validate", "help"];
    expect(await bashOffersSome(words.join(" "), words)).toEqual(expect.arrayContaining(verbs));
  });

  it("completes within what readline takes for a word: behind : and =", async () => {
    const colons = ["flashpoint", "--local", "why", "shop", "::", "c"];
    expect(await bashOffersSome("flashpoint --local why shop::c", colons)).toEqual(["cart"]);
    const equals = ["flashpoint", "tasks", "list", "--output", "=", "y"];
    expect(await bashOffersSome("flashpoint tasks list --output=y", equals)).toEqual(["yaml"]);
  });

  it("completes within quotes", async () => {
    const words = ["flashpoint", "--local", "why", '"it'];
    expect(await bashOffersSome(words.join(" "), words)).toEqual(["it's a shop"]);
  });

  it("completes files where a file is meant", async () => {
    const words = ["flashpoint", "policies", "set", "cart", "-f", "pol"];
    const offered = ["compopt -o filenames", "policy of cart.yaml"];
    expect(await bashOffersSome(words.join(" "), words)).toEqual(offered);
  });

  it("completes tokens by name and by id", async () => {
    const words = ["flashpoint", "--local", "tokens", "revoke", ""];
    const offered = ["cluster-a", expect.stringMatching(/^[0-9a-f]+$/)];
    expect(await bashOffersSome(words.join(" "), words)).toEqual(offered);
  });

  it.each(["refuse", "hang"] as const)("is silent when the engine is away (%s)", async (mode) => {
    away.set(mode);
    const env = environment(`http://127.0.0.1:${away.port}`);
    const words = ["flashpoint", "--local", "policies", "get", ""];
    expect(await bashOffers(words.join(" "), words, env)).toEqual([]);
  });
});

describe("fish", () => {
  it.for([
    ["nouns, with what they are", "flashpoint po", ["policies\twhat makes an agent start profiling, by service"]],
    [
      "options",
      "flashpoint collectors set hook --ti",
      ["--timeout\thow long one attempt may take, 1 to 15; without, 10"],
    ],
    ["choices behind =", "flashpoint tasks list --output=y", ["--output=yaml"]],
    ["services", "flashpoint --local why shop", ["shop::cart\thas a policy"]],
    ["files", "flashpoint policies set cart -f pol", ["policy of cart.yaml"]],
    ["collectors", "flashpoint --local collectors delete ", ["hook\twebhook"]],
  ] as const)("completes %s", async ([_what, line, offered], { skip }) => {
    skip(!HAS.fish, "fish is not installed");
    expect(await afterSomeTabs(() => fishOffers(line), [])).toEqual(offered);
  });
});

describe("zsh", () => {
  it.for([
    ["nouns", "flashpoint po", "flashpoint policies "],
    ["options", "flashpoint collectors set hook --ti", "flashpoint collectors set hook --timeout "],
    ["choices behind =", "flashpoint tasks list --output=y", "flashpoint tasks list --output=yaml "],
    ["names with colons", "flashpoint --local why shop::", "flashpoint --local why shop::cart "],
    ["names to be quoted", "flashpoint --local why it", "flashpoint --local why it\\'s\\ a\\ shop "],
    ["files", "flashpoint policies set cart -f pol", "flashpoint policies set cart -f policy\\ of\\ cart.yaml "],
  ] as const)("completes %s", async ([_what, line, completed], { skip }) => {
    skip(!HAS.zsh, "zsh is not installed");
    expect(await afterSomeTabs(() => zshCompletes(line), line)).toBe(completed);
  });
});
